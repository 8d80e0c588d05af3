"""Real servers on the loopback address, as the remotes that DVC stores versions on."""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

SSHD = Path("/usr/sbin/sshd")


@contextlib.contextmanager
def s3_server(folder: Path) -> Iterator[dict[str, str]]:
    """A server that speaks S3's protocol, with one bucket."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        options = {"endpointurl": f"http://{host}:{port}", "access_key_id": "test", "secret_access_key": "test"}
        boto3.client(
            "s3", endpoint_url=options["endpointurl"], region_name="us-east-1",
            aws_access_key_id="test", aws_secret_access_key="test",
        ).create_bucket(Bucket="speech2face")  # fmt: skip
        yield {"url": "s3://speech2face/store", "region": "us-east-1", **options}
    finally:
        server.stop()


@contextlib.contextmanager
def ssh_server(folder: Path) -> Iterator[dict[str, str]]:
    """OpenSSH's own server, for the user who runs the tests, with keys made for the purpose."""
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized_keys")
    (folder / "authorized_keys").chmod(0o600)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host\nPidFile none\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {folder}/authorized_keys\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n"
    )
    if os.geteuid() == 0:
        # Where it parts with its privileges; the system's own start-up makes this folder.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with (folder / "sshd.log").open("w") as log:
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "sshd_config"], stderr=log)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert server.poll() is None, (folder / "sshd.log").read_text()
            time.sleep(0.05)
        yield {
            "url": f"ssh://{getpass.getuser()}@127.0.0.1:{port}{folder}/store",
            "keyfile": str(folder / "user"),
            "allow_agent": "false",
        }
    finally:
        server.terminate()
        server.wait(timeout=20)
