# A rented machine, as a container: Debian 13 with systemd, SSH and an account that may become root.
FROM debian:trixie-slim
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        dbus iproute2 openssh-server procps python3 sudo systemd systemd-sysv \
    && useradd --create-home --shell /bin/bash --password '*' provider \
    && echo 'provider ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/provider
ARG KEY
RUN install -d -o provider -g provider -m 0700 /home/provider/.ssh \
    && echo "$KEY" > /home/provider/.ssh/authorized_keys \
    && chown provider /home/provider/.ssh/authorized_keys
STOPSIGNAL SIGRTMIN+3
CMD ["/sbin/init"]
