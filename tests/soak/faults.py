"""Azure's bad days, for azsim: everything that it knows. No match fits the other writer's URLs."""
END = ".*[^e]$"  # those end in "somebody-else"

READ, WRITE = f"GET https://{END}", f"(PUT|PATCH|POST) https://{END}"
VAULT, ACCOUNT, KEY = f"GET .*/vaults/[^/]*[?]{END}", f"GET .*/accounts/{END}", f"GET .*/keys/{END}"
TOKEN, RESULT = f"GET .*/metadata/identity/{END}", f"GET .*/operationResults/{END}"
DATA = f"https://[^/]*vault.azure.net/{END}"

ONE = [
    *({"match": match, "action": action}
      for action in ("html", "badJson", "wrongType", "reset-before", "close", "reset-in-header",
                     "reset-in-body", "truncate", "stall")
      for match in (READ, WRITE, TOKEN, DATA)),
    *({"match": match, "action": "close", "takesEffect": True} for match in (WRITE, DATA)),
    *({"match": match, "status": status}
      for status in (400, 401, 403, 408, 409, 412, 429, 500, 502, 503, 504)
      for match in (READ, WRITE, TOKEN, DATA)),
    *({"match": match, "status": 429, "headers": [["Retry-After", after]]}
      for after in ("1", "17", "@httpdate+40", "3600", "soon") for match in (READ, WRITE)),
    {"match": ACCOUNT, "status": 404},  # once is no absence
    {"match": VAULT, "status": 404, "code": "ResourceGroupNotFound"},
    {"match": KEY, "status": 404, "code": "KeyNotFound"},
    {"match": READ, "action": "huge", "bytes": 20000000},
    {"match": ACCOUNT, "action": "drip", "ms": 1},
    {"match": WRITE, "status": 503, "takesEffect": True},
    {"match": RESULT, "status": 404},
    {"match": RESULT, "action": "badJson"},
    {"match": RESULT, "body": {"status": "Failed", "error": {"code": "InternalServerError",
                                                             "message": "try again"}}},
    {"match": RESULT, "body": {"status": "Canceled"}},
    {"match": f"PATCH .*/accounts/{END}", "headers": [
        ["Azure-AsyncOperation", "https://management.example/operation"]]},
    {"op": "delay", "match": READ, "ms": 100},
    {"op": "nxdomain", "match": DATA},
    {"op": "pages", "match": f"GET .*/versions[?]{END}", "sizes": [0, 1]},
    {"op": "pages", "match": f"GET .*/roleAssignments[?]{END}", "sizes": [0, 1]},
    {"op": "nextLink", "match": f"GET .*/versions[?]{END}", "value": "@self"},
    {"op": "nextLink", "match": f"GET .*/roleAssignments[?]{END}", "value": "https://evil.example/next"},
    {"op": "policyDeny", "match": WRITE},
    {"op": "ignoreWrites", "match": WRITE},
]
TIMES = (1, 1, 2, 4, 9)
OUTAGES = [
    [{"match": f".*{END}", "status": 503, "times": 0}],
    [{"match": f".*{END}", "action": "close", "times": 0}],
    [{"match": TOKEN, "status": 500, "times": 0}],
    [{"match": TOKEN, "status": 400, "times": 0}],
    [{"match": DATA, "action": "reset-before", "times": 0}],
    [{"match": VAULT, "status": 403, "times": 0}],
    [{"match": f".*/subscriptions/[0-9-]*1/{END}", "status": 404, "code": "SubscriptionNotFound",
      "times": 0}],
    [{"match": WRITE, "status": 409, "code": "ScopeLocked", "times": 0}],
]
SLOW = [True, {"reads": {"size": 40, "refill": 8}}, {"writes": {"size": 2, "refill": 0.2}},
        {"vault": {"size": 3, "refill": 0.5}}]


def one(random, deck):
    """A fault of some request, now or a few requests from now."""
    fault = dict(deck.draw())
    fault["times"] = random.choice(TIMES)
    fault["after"] = random.randrange(30)
    return fault


def fought(random, drift):
    """The other writer writes it again, right after it was repaired: for what has such a path."""
    sign = drift.signs[0]
    if len(drift.touches) != 1 or not sign.path.startswith("properties.networkAcls.defaultAction"):
        return None
    resource = drift.touches[0]
    rule = {"resource": resource, "path": sign.path, "match": f"PATCH .*{resource}[?]{END}"}
    return dict(rule, op="set", value="Allow", times=1) if random.random() < 0.5 else (
        dict(rule, op="revert", times=1))
