"""TLS for the tests: the certificate in `localhost.pem`, and both ends' settings."""

import ssl
from pathlib import Path

CERTIFICATE = Path(__file__).with_name("localhost.pem")


def server_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def client_context():
    context = ssl.create_default_context(cafile=CERTIFICATE)
    # A peer that ends TCP without saying so in TLS would be taken for an attack.
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    return context
