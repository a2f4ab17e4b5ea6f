"""An archive that the kernel unpacks as its first root folder: cpio, format newc."""

from pathlib import Path

FILE, FOLDER, LINK = 0o100000, 0o040000, 0o120000


class Archive:
    """Files by their path in the guest. Folders above them are made."""

    def __init__(self):
        self.entries = {}

    def folder(self, path, mode=0o755):
        path = path.strip("/")
        parent = str(Path(path).parent)
        if parent != "." and parent not in self.entries:
            self.folder(parent)
        self.entries[path] = (FOLDER | mode, b"")

    def put(self, path, data, mode=0o644):
        path = path.strip("/")
        parent = str(Path(path).parent)
        if parent != "." and parent not in self.entries:
            self.folder(parent)
        self.entries[path] = (FILE | mode, data)

    def link(self, path, target):
        self.put(path, target.encode())
        self.entries[path.strip("/")] = (LINK | 0o777, target.encode())

    def add(self, path, source):
        """A file of this machine."""
        source = Path(source)
        self.put(path, source.read_bytes(), 0o755 if source.stat().st_mode & 0o100 else 0o644)

    def write(self, output):
        """Writes the archive. The kernel takes several, one behind the other."""
        with open(output, "wb") as file:
            for number, path in enumerate(sorted(self.entries), start=1):
                self._write_entry(file, number, path, *self.entries[path])
            self._write_entry(file, 0, "TRAILER!!!", 0, b"")
            file.write(bytes(-file.tell() % 512))

    @staticmethod
    def _write_entry(file, number, path, mode, data):
        name = path.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        for part in (b"070701" + b"".join(b"%08x" % field for field in fields) + name, data):
            file.write(part)
            file.write(bytes(-file.tell() % 4))
