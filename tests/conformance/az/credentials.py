"""How a client without a secret shows who it is: a certificate, or a token of another issuer."""
import base64
import hashlib
import json
import os
import ssl
import subprocess
import time

AUDIENCE = "api://AzureADTokenExchange"
ISSUER, SUBJECT = "https://issuer.example", "system:serviceaccount:az"


def openssl(*words, given=None):
    return subprocess.run(["openssl", *words], input=given, check=True, capture_output=True).stdout


class Certificate:
    """A fresh one, with its key: pem is the text, path the file of both, as az reads it."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "client.pem")
        key = os.path.join(folder, "client.key")
        self.pem = openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                           "-subj", "/CN=az", "-keyout", key).decode()
        with open(key, encoding="ascii") as own, open(self.path, "w", encoding="ascii") as both:
            both.write(own.read() + self.pem)

    def token(self):
        """What the issuer says of the subject, signed with the key."""
        thumbprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.pem)).digest()
        head = {"alg": "RS256", "typ": "JWT", "x5t#S256": coded(thumbprint)}
        claims = {"iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "exp": int(time.time()) + 600}
        text = ".".join(coded(json.dumps(part).encode()) for part in (head, claims))
        signature = openssl("dgst", "-sha256", "-sign", self.path, given=text.encode())
        return f"{text}.{coded(signature)}"


def coded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
