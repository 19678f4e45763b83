#!/usr/bin/env python3
"""One request to azsim's control interface; prints the answer's JSON.

usage: sim.py URL CA_FILE METHOD PATH [JSON | @FILE]
"""
import json
import ssl
import sys
import urllib.error
import urllib.request


def main(url, ca_file, method, path, text=None):
    if text and text.startswith("@"):
        with open(text[1:], encoding="utf-8") as stream:
            text = stream.read()
    request = urllib.request.Request(url + path, method=method, data=text and text.encode(),
                                     headers={"Content-Type": "application/json"})
    opener = urllib.request.build_opener(  # whatever proxy the environment names
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca_file)))
    try:
        with opener.open(request) as answer:
            print(json.dumps(json.load(answer)))
    except urllib.error.HTTPError as error:
        sys.exit(f"azsim: {method} {path}: {error.code} {error.read().decode()}")


if __name__ == "__main__":
    if len(sys.argv) not in (5, 6):
        sys.exit(__doc__)
    main(*sys.argv[1:])
