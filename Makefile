# Short names for what docker compose does. How it fits together: docs/CONTAINERS.md.

DEV = docker compose --file docker-compose.yml --file docker-compose.dev.yml

.PHONY: all down clean dev down-dev clean-dev prune

all: # builds, starts, and waits until everything is healthy
	docker compose up --build --detach --wait

down: # stops, and keeps the data
	docker compose down

clean: # stops, and REMOVES THE DATA: orders, products, accounts, keys
	docker compose down --volumes

dev: # with every server on a port, and the browser app from its sources on 5173
	$(DEV) up --build --detach --wait

down-dev:
	$(DEV) down

clean-dev: # removes the data, as `clean` does
	$(DEV) down --volumes

prune: # removes images and build caches that nothing uses, of every project
	docker image prune --force
	docker builder prune --force
