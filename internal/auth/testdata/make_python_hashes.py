#!/usr/bin/python3
"""Generates python_hashes.json: hashes in the format of the Python service.

Needs Debian's python3-bcrypt before version 5, which truncates passwords to 72
bytes. Run it in this folder:

    ./make_python_hashes.py > python_hashes.json
"""

import json

import bcrypt

# Cost 4, so that the tests are fast. The passwords are for tests only.
PASSWORDS = ["Correct-Horse-1", "contraseña 鍵 🔑", "x" * 72, "y" * 80]


def main():
    hashes = [
        {"password": p, "hash": bcrypt.hashpw(p.encode(), bcrypt.gensalt(4, prefix)).decode()}
        for p in PASSWORDS
        for prefix in (b"2a", b"2b")
    ]
    print(json.dumps({"made_with": "bcrypt " + bcrypt.__version__, "hashes": hashes}, indent=2))


if __name__ == "__main__":
    main()
