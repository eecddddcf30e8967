"""A person at the shop: one account with one connection, as a browser has."""

import http.client
import json
import socket
import ssl
import time


class Person:
    """Signs up, unless there is such an account, and in. HTTPS to ADDRESS as DOMAIN."""

    def __init__(self, address, domain, name, password):
        # A host's own authority signs here; what is tested is that nothing fails, not who signed.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.connection = http.client.HTTPSConnection(domain, timeout=30, context=context)
        self.connection._create_connection = lambda *_: socket.create_connection((address, 443), 30)
        self.token = None
        email = f"{name}@{domain}"
        account = {"username": name, "email": email, "password": password, "repeat_password": password}
        self.enter((201, 409), "/api/auth/signup", account)
        self.enter((200,), "/api/auth/login", {"email": email, "password": password})

    def enter(self, statuses, path, body):
        """Asks until the answer is another than "busy", half a minute at most."""
        deadline = time.monotonic() + 30
        while True:
            status, text = self.ask("POST", path, body)
            if status in statuses:
                return
            if status != 503 or time.monotonic() > deadline:
                raise RuntimeError(f"{path}: {status} {text[:200]}")
            time.sleep(1)

    def ask(self, method, path, body=None, headers=None):
        """The status and body of an answer; `OSError` or `HTTPException` when there is none."""
        headers = {"Content-Type": "application/json", **(headers or {})}
        if self.token:
            headers["Cookie"] = f"token={self.token}"
        try:
            self.connection.request(method, path, json.dumps(body) if body else None, headers)
            response = self.connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise
        cookie = response.headers.get("Set-Cookie", "")
        if cookie.startswith("token="):
            self.token = cookie.split(";")[0].removeprefix("token=")
        return response.status, text

    def expect(self, status, *request):
        """What is in an answer that has to have this status."""
        got, text = self.ask(*request)
        if got != status:
            raise RuntimeError(f"{request[:2]}: {got} {text[:200]}")
        return json.loads(text)

    def orders(self):
        """All orders of this person."""
        orders, page = [], 1
        while True:
            found = self.expect(200, "GET", f"/api/orders?limit=100&page={page}")
            orders += found["items"]
            if len(orders) >= found["total"] or not found["items"]:
                return orders
            page += 1
