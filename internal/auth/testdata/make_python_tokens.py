#!/usr/bin/python3
"""Generates python_tokens.json: tokens of the Python service, and forged ones.

Needs Debian's python3-jwt. Run it in this folder:

    ./make_python_tokens.py > python_tokens.json

Each verdict applies at the time NOW.
"""

import json

import jwt

# Signing keys for tests only, recognizable as such.
KEY = "TEST-ONLY key for tokens, current one"
OLD_KEY = "TEST-ONLY key for tokens, the old one"
OTHER_KEY = "TEST-ONLY key that nobody configured"

USER = "0f0e0d0c-0000-4000-8000-00000000a001"
NOW = 1772359200
HOUR = 3600

CLAIMS = {
    "sub": "contrato-admin@example.com",
    "user_id": USER,
    "empresa_id": "0f0e0d0c-0000-4000-8000-00000000c001",
    "rol": "admin",
    "es_superadmin": False,
    "debe_cambiar_password": False,
    "iat": NOW - 1,
    "exp": NOW + HOUR,
}


def token(key=KEY, algorithm="HS256", without=(), headers=None, **changes):
    claims = {k: v for k, v in {**CLAIMS, **changes}.items() if k not in without}
    return jwt.encode(claims, key, algorithm, headers)


CASES = [
    ("all claims", "valid", token()),
    ("under the old key", "valid", token(OLD_KEY)),
    ("decimals in iat and exp", "valid", token(iat=NOW - 0.25, exp=NOW + HOUR + 0.75)),
    ("more claims than we know", "valid", token(jti="1", type="access", fresh=False, nbf=NOW - 1)),
    ("only the claims that count", "valid", token(without=["sub", "empresa_id", "rol", "es_superadmin", "debe_cambiar_password"])),
    ("odd types where it does not matter", "valid", token(sub=7, empresa_id=None, rol=["admin"], es_superadmin="no", iss={}, jti=1)),
    ("for an audience", "invalid", token(aud="another service")),
    ("for several audiences", "invalid", token(aud=["profile", "another service"])),
    ("for an audience of another type", "invalid", token(aud=3)),
    ("an audience that is null", "invalid", token(aud=None)),
    ("a critical header", "invalid", token(headers={"crit": ["exp"], "exp": NOW})),
    ("a critical header that is empty", "invalid", token(headers={"crit": []})),
    ("a header that is not critical", "valid", token(headers={"kid": "1", "exp": NOW})),
    ("far in the future", "valid", token(exp=4102444800)),
    ("issued 60 s ahead of our clock", "valid", token(iat=NOW + 60)),
    ("issued 61 s ahead of our clock", "invalid", token(iat=NOW + 61)),
    ("issued 15 minutes ahead", "invalid", token(iat=NOW + 900)),
    ("expires this second", "expired", token(exp=NOW)),
    ("one second left", "valid", token(exp=NOW + 1)),
    ("expired", "expired", token(iat=NOW - 2 * HOUR, exp=NOW - HOUR)),
    ("expired, and another key", "invalid", token(OTHER_KEY, exp=NOW - HOUR)),
    ("not yet valid by nbf", "invalid", token(nbf=NOW + 900)),
    ("without exp", "invalid", token(without=["exp"])),
    ("exp null", "invalid", token(exp=None)),
    ("without iat", "invalid", token(without=["iat"])),
    ("iat null", "invalid", token(iat=None)),
    ("iat of another type", "invalid", token(iat=[NOW])),
    ("iat beyond every date", "invalid", token(iat=1e300)),
    ("without user_id", "invalid", token(without=["user_id"])),
    ("user_id no UUID", "invalid", token(user_id="1 or 1=1")),
    ("user_id a number", "invalid", token(user_id=1)),
    ("another key", "invalid", token(OTHER_KEY)),
    ("HS512 under the right key", "invalid", token(algorithm="HS512")),
    ("HS384 under the right key", "invalid", token(algorithm="HS384")),
    ("alg none", "invalid", token(None, "none")),
]


def main():
    print(
        json.dumps(
            {
                "made_with": "PyJWT " + jwt.__version__,
                "test_key": KEY,
                "test_old_key": OLD_KEY,
                "now": NOW,
                "user_id": USER,
                "cases": [{"name": n, "verdict": v, "token": t} for n, v, t in CASES],
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
