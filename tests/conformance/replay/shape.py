"""How two answers differ in shape: status, headers, members and JSON types, error code and text."""
import json
import re
import urllib.parse

# Of the recorder, of the road to Azure, or another in every answer (OBSERVED section 0).
NOISE = {
    "apim-request-id", "cache-control", "connection", "content-length", "date", "expires",
    "keep-alive", "pragma", "server", "strict-transport-security", "transfer-encoding", "vary",
    "x-aspnet-version", "x-cache", "x-content-type-options", "x-ms-build-version",
    "x-ms-client-request-id", "x-ms-correlation-request-id", "x-ms-ests-server",
    "x-ms-request-id", "x-ms-routing-request-id", "x-ms-server-latency", "x-ms-throttle-levels",
    "x-msedge-ref", "x-powered-by",
}
# Recordings of before 2024 have none of these, and some recorders take them out: that azsim sends
# them is no difference, that it does not send a recorded one is.
OPTIONAL = {"x-ms-operation-identifier", "ratelimit-reads", "ratelimit-writes",
            "ratelimit-deletes"}
# Their values say what a client has to do.
TELLING_HEADERS = {"content-type", "location", "azure-asyncoperation", "retry-after",
                   "www-authenticate", "x-ms-failure-cause"}
# Members whose values are compared, not their types only.
TELLING = {"provisioningState", "status", "type", "keySource", "recoveryLevel", "enabled",
           "publicNetworkAccess", "level", "principalType", "versionUpgradeOption", "deletionLevel",
           "enableSoftDelete", "softDeleteRetentionInDays", "enablePurgeProtection",
           "enableRbacAuthorization", "defaultAction", "bypass", "nameAvailable", "reason", "kty"}
MAPS = {"endpoints"}  # from any name to a value

RATE = re.compile(r"x-ms-ratelimit-remaining-subscription-(?:global-)?(reads|writes|deletes)$")


def header_name(name):
    """In lower case; the rate limits of both generations are one name."""
    name = name.lower()
    match = RATE.match(name)
    return f"ratelimit-{match.group(1)}" if match else name


def general(text, names):
    """The text with names, ids, numbers, dates and URLs taken out."""
    for name in sorted(names, key=len, reverse=True):
        if len(name) > 2:
            text = re.sub(r"(?<![A-Za-z0-9])" + re.escape(name) + r"(?![A-Za-z0-9])", "{}", text,
                          flags=re.I)
    text = re.sub(r"https?://(?!aka\.ms|go\.microsoft)[^\s\"',]+", "{url}", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "{}", text)
    text = re.sub(r"\b[0-9a-f]{31,32}\b", "{}", text)
    text = re.sub(r"'[^']*'", "'{}'", text)
    text = re.sub(r"(?<=[=;:])(?!//)[^=;:,\s{}]+(?=;|,|$)", "{}", text)
    text = re.sub(r"\d+", "0", text)
    return re.sub(r"\s+", " ", text).strip()


def general_url(url):
    """Path and names of the query of a URL, without what differs from call to call."""
    parts = urllib.parse.urlsplit(url)
    path = re.sub(r"(?i)(operationresults)/[^/]+$", r"\1/{}", urllib.parse.unquote(parts.path))
    names = sorted({name for name, _ in urllib.parse.parse_qsl(parts.query, True)})
    return f"{path}?{'&'.join(name for name in names if name not in 'tcsh')}".lower()


def header_value(name, value):
    if name == "content-type":
        return value.lower().replace(" ", "")
    if name in ("location", "azure-asyncoperation"):
        return general_url(value)
    if name == "www-authenticate":
        return re.sub(r'"https?://[^"]*"', '"{url}"', value)
    return value


def headers_of(headers):
    named = {header_name(name): value for name, value in headers.items()}
    return {name: header_value(name, value) for name, value in named.items() if name not in NOISE}


def compare_headers(recorded, given, lost):
    """lost: names that the recorder takes out."""
    for name in sorted(set(recorded) | set(given)):
        if name not in given:
            yield f"header {name} missing"
        elif name not in recorded:
            if name not in OPTIONAL and name not in lost:
                yield f"header {name} not recorded"
        elif name in TELLING_HEADERS and recorded[name] != given[name]:
            yield f"header {name}: {recorded[name]}, azsim {given[name]}"


def kind(value):
    if value is None:
        return "null"
    return {dict: "object", list: "array", str: "string", bool: "boolean", int: "number",
            float: "number"}[type(value)]


def merged(items):
    """One element that has the members of all."""
    objects = [item for item in items if isinstance(item, dict)]
    if len(objects) != len(items):
        return items[0] if items else None
    whole = {}
    for item in objects:
        for name, value in item.items():
            if isinstance(whole.get(name), dict) and isinstance(value, dict):
                value = merged([whole[name], value])
            elif isinstance(whole.get(name), list) and isinstance(value, list):
                value = whole[name] + value
            whole[name] = value
    return whole


def compare_body(recorded, given, path="body"):
    if kind(recorded) != kind(given):
        yield f"{path}: {kind(recorded)}, azsim {kind(given)}"
    elif isinstance(recorded, dict):
        if path.rpartition(".")[2] in MAPS:
            recorded, given = ({"*": next(iter(side.values()), None)} for side in (recorded, given))
        for name in sorted(set(recorded) | set(given)):
            below = f"{path}.{name}"
            if name not in given:
                yield f"{below} missing"
            elif name not in recorded:
                yield f"{below} not recorded"
            else:
                yield from compare_body(recorded[name], given[name], below)
    elif isinstance(recorded, list):
        if bool(recorded) != bool(given):
            theirs, ours = ("elements" if side else "no elements" for side in (recorded, given))
            yield f"{path}: {theirs}, azsim {ours}"
        elif recorded:
            yield from compare_body(merged(recorded), merged(given), path + "[]")
    elif path.rpartition(".")[2] in TELLING and recorded != given:
        yield f"{path}: {json.dumps(recorded)}, azsim {json.dumps(given)}"


def error_of(body):
    """The object that has the code and the message of an answer's error; {} if there is none."""
    inner = body.get("error", body) if isinstance(body, dict) else {}
    return inner if isinstance(inner, dict) and "code" in inner and "message" in inner else {}


def compare(recorded, given, names, lost):
    """Each difference as one line of text. Both are (status, headers, body)."""
    if recorded[0] is None:  # a quote of an error
        recorded, given = (None, {}, recorded[2]), (None, {}, given[2])
    if recorded[0] != given[0]:
        code = error_of(given[2]).get("code")
        yield f"status: {recorded[0]}, azsim {given[0]}" + (f" {code}" if code else "")
        return
    yield from compare_headers(headers_of(recorded[1]), headers_of(given[1]), lost)
    yield from compare_body(recorded[2], given[2])
    theirs, ours = error_of(recorded[2]), error_of(given[2])
    if theirs and ours:
        if theirs["code"] != ours["code"]:
            yield f"error code: {theirs['code']}, azsim {ours['code']}"
        wanted, text = general(theirs["message"], names), general(ours["message"], names)
        if wanted != text:
            yield f"error text: {wanted} | azsim {text}"
