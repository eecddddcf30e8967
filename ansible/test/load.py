#!/usr/bin/env python3
"""Orders at a steady pace until a file appears, then reads the books.

`load.py ADDRESS DOMAIN STOP_FILE`: HTTPS to ADDRESS as DOMAIN. The last line is one JSON object;
the exit code is 1 when a request failed, or an order is not completed, or there are not as many
orders as were accepted.
"""

import http.client
import json
import os
import sys
import threading
import time
import uuid

from shop import Person

BUYERS = 4
# Seconds between two orders of one buyer; together 20 in a second.
PACE = 0.2
STOCK = 1000000
STOP = sys.argv[3]


def buy(buyer, product, answers):
    number = 0
    while not os.path.exists(STOP):
        began = time.monotonic()
        number += 1
        body = {"items": [{"product_id": product, "price": "0.50", "quantity": 1}]}
        try:
            status, _ = buyer.ask("POST", "/api/orders", body, {"Idempotency-Key": f"load-{number}"})
        except (OSError, http.client.HTTPException) as error:
            status = type(error).__name__
        if status != 201:
            print(time.strftime("%H:%M:%S"), "an order was answered with", status, flush=True)
        answers.append((status, time.monotonic() - began))
        time.sleep(max(0, PACE - (time.monotonic() - began)))


def settled(buyers):
    """How many orders there are and how many of them are completed, at the latest after a minute."""
    deadline = time.monotonic() + 60
    while True:
        found = [order for buyer in buyers for order in buyer.orders()]
        completed = sum(order["status"] == "COMPLETED" for order in found)
        if completed == len(found) or time.monotonic() > deadline:
            return len(found), completed
        time.sleep(1)


def main():
    began = time.monotonic()
    run = uuid.uuid4().hex

    def person(name):
        return Person(sys.argv[1], sys.argv[2], f"{name}{run[:8]}", f"load-{run}")

    seller = person("seller")
    listed = {"name": "Load", "price": "0.50", "category": "Electronics", "quantity": STOCK}
    product = seller.expect(201, "POST", "/api/products", listed)["product"]["id"]
    # orders-service hears of the product from a message.
    time.sleep(2)
    buyers = [person(f"buyer{number}x") for number in range(BUYERS)]
    answers = [[] for _ in buyers]
    threads = [threading.Thread(target=buy, args=it) for it in zip(buyers, [product] * BUYERS, answers)]
    print("orders begin", flush=True)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = round(time.monotonic() - began)
    accepted = sum(status == 201 for it in answers for status, _ in it)
    failed = sum(map(len, answers)) - accepted
    slowest = max(took for it in answers for _, took in it)
    orders, completed = settled(buyers)
    # It was idle for longer than the door keeps a connection.
    seller.connection.close()
    left = seller.expect(200, "GET", f"/api/products/{product}")
    sold = STOCK - left.get("product", left)["quantity"]
    print(json.dumps({"seconds": seconds, "accepted": accepted, "failed": failed, "orders": orders,
                      "completed": completed, "sold": sold, "slowest_ms": round(slowest * 1000)}))
    # A request that failed may have made an order all the same; none that was accepted may be missing.
    sys.exit(0 if failed == 0 and accepted == orders == completed == sold else 1)


main()
