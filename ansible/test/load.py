#!/usr/bin/env python3
"""Orders at a steady pace until a file appears, then reads the books.

`load.py PORT DOMAIN STOP_FILE`: HTTPS to 127.0.0.1:PORT as DOMAIN. The last line is one JSON object;
the exit code is 1 when a request failed, or an order is not completed, or there are not as many
orders as were accepted.
"""

import http.client
import json
import os
import socket
import ssl
import sys
import threading
import time
import uuid

BUYERS = 4
# Seconds between two orders of one buyer; together 20 in a second.
PACE = 0.2
PASSWORD = "load-" + uuid.uuid4().hex
PORT, DOMAIN, STOP = int(sys.argv[1]), sys.argv[2], sys.argv[3]


class Person:
    """One account with one connection, as a browser has."""

    def __init__(self, name):
        # A host's own authority signs here; what is tested is that nothing fails, not who signed.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.connection = http.client.HTTPSConnection(DOMAIN, PORT, timeout=30, context=context)
        self.connection._create_connection = lambda *_: socket.create_connection(("127.0.0.1", PORT), 30)
        self.token = None
        email = f"{name}@{DOMAIN}"
        account = {"username": name, "email": email, "password": PASSWORD, "repeat_password": PASSWORD}
        self.expect(201, "POST", "/api/auth/signup", account)
        self.expect(200, "POST", "/api/auth/login", {"email": email, "password": PASSWORD})

    def ask(self, method, path, body=None, headers=None):
        headers = {"Content-Type": "application/json", **(headers or {})}
        if self.token:
            headers["Cookie"] = f"token={self.token}"
        try:
            self.connection.request(method, path, json.dumps(body) if body else None, headers)
            response = self.connection.getresponse()
            text = response.read()
        except OSError:
            self.connection.close()
            raise
        cookie = response.headers.get("Set-Cookie", "")
        if cookie.startswith("token="):
            self.token = cookie.split(";")[0].removeprefix("token=")
        return response.status, text

    def expect(self, status, *request):
        got, text = self.ask(*request)
        if got != status:
            raise RuntimeError(f"{request[:2]}: {got} {text[:200]}")
        return json.loads(text)


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
        answers.append(status)
        time.sleep(max(0, PACE - (time.monotonic() - began)))


def books(buyer):
    """How many orders the buyer has, and how many of them are completed."""
    orders, page = [], 1
    while True:
        found = buyer.expect(200, "GET", f"/api/orders?limit=100&page={page}")
        orders += found["items"]
        if len(orders) >= found["total"] or not found["items"]:
            return len(orders), sum(order["status"] == "COMPLETED" for order in orders)
        page += 1


def main():
    run = uuid.uuid4().hex[:8]
    seller = Person(f"seller{run}")
    listed = {"name": "Load", "price": "0.50", "category": "Electronics", "quantity": 1000000}
    product = seller.expect(201, "POST", "/api/products", listed)["product"]["id"]
    time.sleep(2)
    buyers = [Person(f"buyer{run}x{number}") for number in range(BUYERS)]
    answers = [[] for _ in buyers]
    threads = [threading.Thread(target=buy, args=it) for it in zip(buyers, [product] * BUYERS, answers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted = sum(it.count(201) for it in answers)
    failed = sum(len(it) for it in answers) - accepted
    deadline = time.monotonic() + 60
    while True:
        found = [books(buyer) for buyer in buyers]
        orders, completed = (sum(column) for column in zip(*found))
        if completed == orders or time.monotonic() > deadline:
            break
        time.sleep(1)
    # It was idle for longer than the door keeps a connection.
    seller.connection.close()
    left = seller.expect(200, "GET", f"/api/products/{product}")
    sold = 1000000 - left.get("product", left)["quantity"]
    print(json.dumps({"accepted": accepted, "failed": failed, "orders": orders, "completed": completed, "sold": sold}))
    # A request that failed may have made an order all the same; none that was accepted may be missing.
    sys.exit(0 if failed == 0 and accepted == orders == completed == sold else 1)


main()
