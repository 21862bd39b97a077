# SPDX-License-Identifier: BSD-2-Clause
"""dcap-qvl from PyPI judges a quote as often as it is told: QUOTE COLLATERAL.json TIME COUNT. Anything but UpToDate fails."""
import json
import sys

import dcap_qvl

BYTES = {"root_ca_crl", "pck_crl", "tcb_info_signature", "qe_identity_signature"}
ORDER = ("pck_crl_issuer_chain", "root_ca_crl", "pck_crl", "tcb_info_issuer_chain", "tcb_info", "tcb_info_signature",
         "qe_identity_issuer_chain", "qe_identity", "qe_identity_signature")

quote_name, collateral_name, when, count = sys.argv[1:]
with open(quote_name, "rb") as quote_file, open(collateral_name, encoding="utf-8") as collateral_file:
    quote, parts = quote_file.read(), json.load(collateral_file)
collateral = dcap_qvl.QuoteCollateralV3(*(bytes.fromhex(parts[name]) if name in BYTES else parts[name] for name in ORDER))
for _ in range(int(count)):
    status = dcap_qvl.verify(quote, collateral, int(when)).status
    if status != "UpToDate":
        sys.exit(f"rejected: {status}")
