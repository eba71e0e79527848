"""Starts the built binary with a data folder of its own, for the scripts that load or attack it. Loopback only."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PASSWORD = "live-box-password"


def environment():
    """The environment in which the binary finds engines and models in a clone."""
    values = dict(os.environ, AIBOX_ADMIN_PASSWORD=PASSWORD, AIBOX_LOG_LEVEL="error")
    values.setdefault("AIBOX_ENGINES", str(ROOT / ".aibox/engines"))
    values.setdefault("AIBOX_MODEL_CACHE", str(ROOT / ".aibox/models"))
    shared = ROOT.parent / "shared/models"
    if shared.is_dir():
        values.setdefault("AIBOX_MODELS", str(shared))
    return values


class Box:
    """A running `aibox serve`; use it in a `with` statement."""

    def __init__(self, extra=None, arguments=()):
        self.arguments = arguments
        self.data = tempfile.mkdtemp()
        self.extra = extra or {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def start(self):
        began = time.monotonic()
        self.process = subprocess.Popen(
            [str(ROOT / ".build/release/aibox"), "serve", "--port", str(self.port), "--data-dir", self.data,
             *self.arguments],
            env={**environment(), **self.extra}, stdout=subprocess.DEVNULL, stderr=open(self.data + "/log", "a"))
        while time.monotonic() - began < 30:
            if self.process.poll() is not None:
                raise SystemExit("the server ended:\n" + open(self.data + "/log").read()[-2000:])
            try:
                if self.request("GET", "/health/ready")[0] == 200:
                    self.ready_seconds = time.monotonic() - began
                    return self
            except OSError:
                time.sleep(0.02)
        raise SystemExit("the server is not ready after 30 s")

    def __enter__(self):
        self.start()
        self.login()
        return self

    def login(self):
        status, body = self.request(
            "POST", "/auth/login", json.dumps({"username": "admin", "password": PASSWORD}).encode(),
            {"Content-Type": "application/json"})
        assert status == 200, body
        self.token = json.loads(body)["access_token"]

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        shutil.rmtree(self.data, ignore_errors=True)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def request(self, method, path, body=None, headers=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def authorized(self, method, path, body=None, kind=None, timeout=60):
        def attempt():
            headers = {"Authorization": "Bearer " + self.token}
            if kind:
                headers["Content-Type"] = kind
            return self.request(method, path, body, headers, timeout)

        answer = attempt()
        if answer[0] != 401:
            return answer
        self.login()  # tokens are good for a quarter of an hour
        return attempt()

    def resident_megabytes(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def cpu_seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
