"""Whether an archive would restore: every byte read and opened, and no hole in the log."""

from collections.abc import Iterator

from nykter.backup.archive import Archive, Manifest, sealed_name
from nykter.backup.sealed import DamagedBackup, open_file, sha256_of


def faults(archive: Archive, manifest: Manifest, key: bytes) -> Iterator[str]:
    """What is wrong with one base backup and the log behind it, in words; nothing when all is well."""
    try:
        archive.check(manifest, key)
        path = archive.base_file(manifest)
        if sha256_of(path) != manifest.sha256:
            raise DamagedBackup(f"{manifest.name}: the copy is not the one that was written (SHA-256).")
        plain = sum(len(piece) for piece in open_file(path, key, f"base/{manifest.name}"))
        if plain != manifest.plain_bytes:
            raise DamagedBackup(f"{manifest.name}: {plain} bytes instead of {manifest.plain_bytes}.")
    except (DamagedBackup, OSError) as error:
        yield str(error)
    if hole := archive.gap_after(manifest):
        yield f"{manifest.name}: log is missing after {hole}; moments behind it need a newer backup."
    for path in (*archive.segments_for(manifest).values(), *archive.histories()):
        try:
            for _ in open_file(path, key, sealed_name(path)):
                continue
        except (DamagedBackup, OSError) as error:
            yield str(error)
