"""The format of sealed values and blobs, once more from its description (EnvelopeHeader.swift).

Reads a JSON list of {"do": "seal" | "open", "key", "context", "bytes", "exponent"} from standard input, bytes as
hexadecimal digits; writes the list of results, null for what is refused. Exponent 0 is one message.
"""
import json
import os
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

MAGIC, VERSION, HEADER, TAG = b"\xc1AIBXE", 1, 56, 16


def derive(key, info, size):
    return HKDF(SHA256(), size, None, info).derive(key)


def nonce(segment, last):
    return bytes(7) + segment.to_bytes(4, "big") + bytes([last])


def seal(key, context, plain, exponent):
    data_key = os.urandom(32)
    head = MAGIC + bytes([VERSION, exponent])
    size = 1 << exponent if exponent else max(len(plain), 1)
    parts = [plain[i:i + size] for i in range(0, len(plain), size)] or [b""]
    aead = AESGCM(data_key)
    body = [aead.encrypt(nonce(i, i == len(parts) - 1), part, head + context) for i, part in enumerate(parts)]
    name = derive(key, b"aibox key id v1", 8)
    return head + name + aes_key_wrap(derive(key, b"aibox envelope v1", 32), data_key) + b"".join(body)


def open_(key, context, sealed, _):
    head, name, wrapped, body = sealed[:8], sealed[8:16], sealed[16:HEADER], sealed[HEADER:]
    if head[:7] != MAGIC + bytes([VERSION]) or name != derive(key, b"aibox key id v1", 8):
        raise ValueError("not sealed with this key")
    aead = AESGCM(aes_key_unwrap(derive(key, b"aibox envelope v1", 32), wrapped))
    size = (1 << head[7]) + TAG if head[7] else max(len(body), 1)
    parts = [body[i:i + size] for i in range(0, len(body), size)]
    if not parts:
        raise ValueError("cut off")
    return b"".join(
        aead.decrypt(nonce(i, i == len(parts) - 1), part, head + context) for i, part in enumerate(parts))


def result(task):
    key, context, data = (bytes.fromhex(task[name]) for name in ("key", "context", "bytes"))
    try:
        return {"seal": seal, "open": open_}[task["do"]](key, context, data, task["exponent"]).hex()
    except (InvalidTag, InvalidUnwrap, ValueError):
        return None


if __name__ == "__main__":
    json.dump([result(task) for task in json.load(sys.stdin)], sys.stdout)
