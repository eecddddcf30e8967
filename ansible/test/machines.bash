# What the tests share: machines that are containers, an inventory for them, and orders.
#
# Needs Docker with images `mesh/PROGRAM`, `postgres:17-bookworm`, `redis:8.4` and `caddy:2.10`, and
# ansible-playbook, openssl and Python. The containers are privileged, because each runs a Docker of
# its own.
#
#   KEEP=1         leaves the machines for a look
#   ARCHIVE=FILE   `mesh/PROGRAM` images from a file of `docker save`, not from this Docker
#   PRIVILEGES=…   other options of `docker run` than --privileged
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
domain=shop.test
subnet=10.213.0
# The machine with the services, in both examples of an inventory.
shop=$subnet.10
programs=(auth-service products-service orders-service frontend-proxy mesh)
machines=()

say() { printf '\n== %s (%s)\n' "$*" "$(date +%T)"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
finish() {
    touch "$work/stop"
    if [ -n "${KEEP:-}" ]; then
        echo "kept: ${machines[*]}, network mesh-try, folder $work"
        return
    fi
    docker rm --force --volumes "${machines[@]}" >/dev/null 2>&1 || true
    docker network rm mesh-try >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT

# As a machine of a CI does it: the hosts' keys are known, the password of the vault is in a file.
export ANSIBLE_PRIVATE_KEY_FILE=$work/key ANSIBLE_VAULT_PASSWORD_FILE=$work/vault-password
export ANSIBLE_SSH_COMMON_ARGS="-o UserKnownHostsFile=$work/known_hosts"
play() { # PLAYBOOK [ARGUMENTS]; the output is also in $work/log
    ansible-playbook -i "$work/inventory" "$@" 2>&1 | tee "$work/log"
}
inside() { docker exec --interactive "$@"; } # MACHINE COMMAND
order() { python3 test/order.py "$shop" "$domain" "$1"; }
holds() { # ID…: whether exactly these orders are there, completed
    [ "$(order list)" = "$*" ] || fail "the orders should be $*, and are $(order list)"
}

machine() { # NAME ADDRESS
    machines+=("$1")
    # The variables are for engines with the older cgroups, on which systemd would refuse to start.
    # shellcheck disable=SC2086 # The options are several words.
    docker run --detach --name "$1" ${PRIVILEGES:---privileged} --network mesh-try --ip "$2" \
        --cgroupns host --volume /sys/fs/cgroup:/sys/fs/cgroup:rw \
        --env SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 --env SYSTEMD_PROC_CMDLINE=systemd.unified_cgroup_hierarchy=0 \
        --tmpfs /run --tmpfs /tmp --volume /var/lib/docker mesh-try-host
    for _ in $(seq 60); do ssh-keyscan "$2" >/dev/null 2>&1 && break; sleep 1; done
    inside "$1" cat /etc/ssh/ssh_host_ed25519_key.pub | sed "s/^/$2 /" >>"$work/known_hosts"
}

begin() { # EXAMPLE of an inventory; the secrets and the images of the release too
    ssh-keygen -q -t ed25519 -N '' -f "$work/key"
    docker build --quiet --file test/host.Dockerfile --build-arg "KEY=$(cat "$work/key.pub")" --tag mesh-try-host test
    docker network create --subnet "$subnet.0/24" mesh-try
    local all=$work/inventory/group_vars/all
    mkdir -p "$all"
    sed -E "s/(203\.0\.113|10\.0\.0)\./$subnet./g" "inventories/$1/hosts.yml" >"$work/inventory/hosts.yml"
    cat >"$all/site.yml" <<SITE
mesh_domain: $domain
mesh_tls: internal
mesh_rate_limit: "off"
mesh_archive: $work/mesh.tar
mesh_deploy_keys: ["$(cat "$work/key.pub")"]
SITE
    secret >"$work/vault-password"
    vault >"$all/vault.yml"
    ansible-vault encrypt "$all/vault.yml"
    if [ -n "${ARCHIVE:-}" ]; then
        cp "$ARCHIVE" "$work/mesh.tar"
    else
        docker save --output "$work/mesh.tar" "${programs[@]/#/mesh/}"
    fi
}

secret() { openssl rand -hex 24; }
vault() {
    openssl genpkey -algorithm ed25519 -out "$work/private.pem"
    cat <<VAULT
mesh_vault_database_passwords: { auth: $(secret), products: $(secret), orders: $(secret) }
mesh_vault_redis_password: $(secret)
mesh_vault_smoke_password: $(secret)
mesh_vault_private_key: |
$(sed 's/^/  /' "$work/private.pem")
mesh_vault_public_key: |
$(openssl pkey -in "$work/private.pem" -pubout | sed 's/^/  /')
VAULT
}
