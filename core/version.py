"""The toolkit's version, in one place."""

VERSION = '2.1.0'
