#!/usr/bin/env python3
"""Buys one thing and waits until the order is completed, or lists the orders of the same buyer.

`order.py ADDRESS DOMAIN buy`: prints the id of the order. `order.py ADDRESS DOMAIN list`: prints the ids of
all completed orders, oldest first, in one line.
"""

import sys
import time
import uuid

from shop import Person

# The shop is a container's, and forgotten with it.
PASSWORD = "not-a-secret-here"


def until(seconds, ask):
    """What `ask` returns, as soon as it is something."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            sys.exit("it took too long")
        time.sleep(0.5)


def buy(seller, buyer):
    listed = {"name": "Single", "price": "0.50", "category": "Electronics", "quantity": 1}
    product = seller.expect(201, "POST", "/api/products", listed)["product"]["id"]
    body = {"items": [{"product_id": product, "price": "0.50", "quantity": 1}]}
    key = {"Idempotency-Key": uuid.uuid4().hex}

    # Again until orders-service has heard of the product.
    def place():
        status, _ = buyer.ask("POST", "/api/orders", body, key)
        return status == 201

    until(30, place)
    newest = buyer.expect(200, "GET", "/api/orders?limit=1")["items"][0]["id"]
    until(60, lambda: buyer.expect(200, "GET", f"/api/orders/{newest}")["status"] == "COMPLETED")
    return newest


def main():
    address, domain, verb = sys.argv[1], sys.argv[2], sys.argv[3]
    buyer = Person(address, domain, "singlebuyer", PASSWORD)
    if verb == "buy":
        print(buy(Person(address, domain, "singleseller", PASSWORD), buyer))
        return
    print(*sorted(it["id"] for it in buyer.orders() if it["status"] == "COMPLETED"))


main()
