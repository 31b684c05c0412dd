"""What the toolkit chooses for this machine, as JSON; in a process of its own, since asking it imports Keras."""

import json
from dataclasses import asdict

from core import hardware

if __name__ == '__main__':
    print(json.dumps(asdict(hardware.set_up())))
