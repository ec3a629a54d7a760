"""An authenticator in software, for what no browser would send."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

FLAG = AuthenticatorData.FLAG
VERIFIED = FLAG.UP | FLAG.UV


class SoftKey:
    """Holds one key; signs whatever it is told to, for whichever origin."""

    def __init__(self, *, rp: str = "care.example", origin: str = "https://care.example") -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.rp, self.origin, self.handle = rp, origin, b""

    def made(self, options: dict[str, Any], *, flags: FLAG = VERIFIED, **changes: str) -> str:
        """The answer to what the server asked a new key with."""
        asked = options["publicKey"]
        self.handle = websafe_decode(asked["user"]["id"])
        credential = AttestedCredentialData.create(
            b"\0" * 16, self.id, ES256.from_cryptography_key(self.private.public_key())
        )
        told = AuthenticatorData.create(self._rp_hash(), flags | FLAG.AT, 0, credential)
        return self._written(
            attestationObject=websafe_encode(bytes(AttestationObject.create("none", told, {}))),
            clientDataJSON=websafe_encode(self._client("webauthn.create", asked["challenge"], changes)),
        )

    def signed(
        self, options: dict[str, Any], *, flags: FLAG = VERIFIED, counter: int = 0, **changes: str
    ) -> str:
        """The answer to what the server asked to sign."""
        told = bytes(AuthenticatorData.create(self._rp_hash(), flags, counter))
        client = self._client("webauthn.get", options["publicKey"]["challenge"], changes)
        signature = self.private.sign(told + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._written(
            authenticatorData=websafe_encode(told),
            clientDataJSON=websafe_encode(client),
            signature=websafe_encode(signature),
            userHandle=websafe_encode(self.handle),
        )

    def _rp_hash(self) -> bytes:
        return hashlib.sha256(self.rp.encode()).digest()

    def _client(self, kind: str, challenge: str, changes: dict[str, str]) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False, **changes}
        return json.dumps(told).encode()

    def _written(self, **response: str) -> str:
        name = websafe_encode(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
