"""The toolkit's version, in one place."""

VERSION = '1.1.0'
