"""Names of the DocTypes that the sentences are about."""

RECORD = "Conformance Record"
ROW = "Conformance Row"
TARGET = "Conformance Target"
VOUCHER = "Conformance Voucher"
NODE = "Conformance Node"
SETTINGS = "Conformance Settings"
USER = "conformance@example.com"
