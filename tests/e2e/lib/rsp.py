"""A client of GDB's remote protocol, for the stub in QEMU.

    $<command>#<two hex digits: sum of the command's bytes>     answered by + and a packet of the same form

GDB manual, appendix E. Addresses and lengths are hexadecimal; registers and memory are hex strings, little-endian.
"""

import functools
import socket
import struct
import subprocess

PC = 15
WRITE_WATCHPOINT = 2
BREAKPOINT = 1  # "hardware": QEMU keeps it beside the code and does not change memory


class Error(Exception):
    pass


@functools.cache
def symbols(elf):
    """Addresses by name. A function's has no Thumb bit."""
    listing = subprocess.run(["arm-none-eabi-nm", elf], check=True, capture_output=True, text=True).stdout
    rows = (line.split() for line in listing.splitlines())
    return {row[2]: int(row[0], 16) for row in rows if len(row) == 3}


class Target:
    """The machine behind a connected socket. It stands still until the first cont()."""

    def __init__(self, connection):
        self._socket = connection
        self._input = b""
        self._ask("?")
        self._ask("qXfer:features:read:target.xml:0,ffb")  # only who has asked may name single registers

    def close(self):
        self._socket.close()

    # ---- packets ----

    def _receive(self, timeout):
        self._socket.settimeout(timeout)
        try:
            data = self._socket.recv(4096)
        except socket.timeout:
            raise TimeoutError("no answer from QEMU's debugger") from None
        if not data:
            raise Error("QEMU has closed the debugger's connection")
        self._input += data

    def _packet(self, timeout):
        while True:
            start = self._input.find(b"$")
            end = self._input.find(b"#", start)
            if 0 <= start < end and len(self._input) >= end + 3:
                break
            self._receive(timeout)
        body, digits = self._input[start + 1 : end], self._input[end + 1 : end + 3]
        self._input = self._input[end + 3 :]
        if sum(body) % 256 != int(digits, 16):
            raise Error(f"damaged packet from QEMU: {body!r}")
        self._socket.sendall(b"+")
        return body.decode("ascii")

    def _send(self, command):
        body = command.encode("ascii")
        self._socket.sendall(b"$%s#%02x" % (body, sum(body) % 256))

    def _command(self, command, timeout=10):
        self._send(command)
        return self._packet(timeout)

    def _ask(self, command):
        answer = self._command(command)
        if answer.startswith("E") or not answer:
            raise Error(f"QEMU refuses {command!r}: {answer or 'unknown'}")
        return answer

    # ---- state: only while the machine stands still ----

    def read(self, address, length):
        return bytes.fromhex(self._ask(f"m{address:x},{length:x}"))

    def read_word(self, address):
        return int.from_bytes(self.read(address, 4), "little")

    def write(self, address, data):
        self._ask(f"M{address:x},{len(data):x}:{data.hex()}")

    def registers(self):
        """R0 to R15."""
        return struct.unpack("<16I", bytes.fromhex(self._ask("g"))[:64])

    def set_register(self, number, value):
        self._ask(f"P{number:x}={value.to_bytes(4, 'little').hex()}")

    def set_break(self, address):
        self._ask(f"Z{BREAKPOINT},{address:x},2")

    def clear_break(self, address):
        self._ask(f"z{BREAKPOINT},{address:x},2")

    def watch_writes(self, address, length):
        self._ask(f"Z{WRITE_WATCHPOINT},{address:x},{length:x}")

    def unwatch_writes(self, address, length):
        self._ask(f"z{WRITE_WATCHPOINT},{address:x},{length:x}")

    # ---- running ----

    def start(self):
        """Lets the machine run, and returns at once; wait() or stop() comes next."""
        self._send("c")

    def wait(self, timeout):
        """Until the machine stands still, at a breakpoint for one: where."""
        self._packet(timeout)
        return self.registers()[PC]

    def cont(self, timeout):
        self.start()
        return self.wait(timeout)

    def step(self):
        """One instruction, which is no jump to itself. QEMU 7.2 now and then stops before it has run any."""
        before = now = self.registers()[PC]
        while now == before:
            self._ask("s")
            now = self.registers()[PC]
        return now

    def stop(self):
        """Stops the running machine: where."""
        self._socket.sendall(b"\x03")
        return self.wait(10)
