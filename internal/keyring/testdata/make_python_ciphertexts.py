#!/usr/bin/python3
"""Makes python_ciphertexts.json: Fernet ciphertexts as the Python service stores them.

Needs Debian's python3-cryptography. Run it in this folder:

    ./make_python_ciphertexts.py > python_ciphertexts.json

The IVs are random, so each run makes different ciphertexts.
"""

import base64
import json

import cryptography
from cryptography.fernet import Fernet

# Test keys, readable as such: never use them for anything real.
KEYS = {
    "primary": b"1: fernet key, for TESTS ONLY! 1",
    "old": b"2: fernet key, for TESTS ONLY! 2",
}

PLAINTEXTS = [
    "",
    "sk-test-0123456789",
    "fifteen bytes..",
    "sixteen bytes...",
    "0123456789" * 50,
    "contraseña: 鍵 🔑 with e\u0301",
]

TIMESTAMPS = [0, 499162800, 1717232400, 1748768400, 4102444800, 2**63 - 1]


def main():
    ciphertexts = []
    for name, key in KEYS.items():
        fernet = Fernet(base64.urlsafe_b64encode(key))
        for plaintext, encrypted_at in zip(PLAINTEXTS, TIMESTAMPS):
            ciphertext = fernet.encrypt_at_time(plaintext.encode(), encrypted_at)
            ciphertexts.append(
                {
                    "key": name,
                    "encrypted_at": encrypted_at,
                    "plaintext": plaintext,
                    "ciphertext": ciphertext.decode(),
                }
            )
    print(
        json.dumps(
            {
                "made_with": "cryptography " + cryptography.__version__,
                "test_keys": {n: base64.urlsafe_b64encode(k).decode() for n, k in KEYS.items()},
                "ciphertexts": ciphertexts,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
