"""The server starts on loopback, makes accounts that work, hides its secrets, leaves nothing behind when it fails."""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from label_studio_sdk import LabelStudio

from communique import server, server_install

SCRIPT = Path(__file__).parents[1] / "scripts" / "studio.py"


def listening_addresses(pid: int) -> set[str]:
    """The addresses that processes of this group listen on, from the kernel's table of sockets."""
    inodes = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(entry.name)) == pid:
                links = [str(link.readlink()) for link in (entry / "fd").iterdir()]
                inodes |= {link[8:-1] for link in links if link.startswith("socket:")}
        except (ProcessLookupError, FileNotFoundError):
            continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.add(fields[1].split(":")[0])
    return found


def group_members(pid: int) -> list[int]:
    command = ["ps", "-o", "pid=", "-o", "stat=", "-g", str(pid)]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    return [int(line.split()[0]) for line in told.stdout.splitlines() if not line.split()[1].startswith("Z")]


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads the socket table of Linux")
def test_the_server_listens_on_loopback_only(studio: Path) -> None:
    found = server.running(studio)
    assert found is not None
    assert listening_addresses(found.pid) == {"0100007F"}  # 127.0.0.1 in the kernel's little-endian hex


def test_an_account_is_made_once_and_its_token_acts_as_that_user(studio: Path) -> None:
    first = server.ensure_account(studio, "Once@Example.org")
    assert first == server.ensure_account(studio, "once@example.org")
    found = server.running(studio)
    assert found is not None
    client = LabelStudio(base_url=found.url, api_key=first.token)
    assert client.users.whoami().email == "once@example.org"


def test_an_account_whose_token_was_lost_gets_a_new_one(studio: Path) -> None:
    """As after a call that was cut between sign-up and the storing of the token; the server allows one token only."""
    before = server.ensure_account(studio, "cut@example.org")
    path = studio / "accounts.json"
    accounts = json.loads(path.read_text())
    accounts["cut@example.org"]["token"] = ""
    path.write_text(json.dumps(accounts))
    after = server.ensure_account(studio, "cut@example.org")
    assert after.password == before.password
    assert after.token != before.token
    found = server.running(studio)
    assert found is not None
    assert LabelStudio(base_url=found.url, api_key=after.token).users.whoami().email == "cut@example.org"


def test_a_bad_address_is_refused_and_not_remembered(studio: Path) -> None:
    with pytest.raises(server.ServerError, match="refuses an account for 'nobody'"):
        server.ensure_account(studio, "nobody")
    assert "nobody" not in json.loads((studio / "accounts.json").read_text())


def test_nobody_signs_up_without_an_invitation(studio: Path) -> None:
    found = server.running(studio)
    assert found is not None
    with httpx.Client(base_url=found.url, trust_env=False, timeout=60) as client:
        client.get("/user/login/")
        token = client.cookies["csrftoken"]
        fields = {"email": "stranger@example.org", "password": "long-enough-1", "csrfmiddlewaretoken": token}
        assert client.post("/user/signup/", data=fields).status_code in (302, 403)
        told = client.post("/user/login/", data=fields | {"csrfmiddlewaretoken": client.cookies["csrftoken"]})
        assert told.status_code == 200  # the form again: there is no such account


def test_secrets_are_readable_by_the_owner_alone_and_never_shown(studio: Path) -> None:
    account = server.ensure_account(studio, "secret@example.org")
    assert stat.S_IMODE((studio / "accounts.json").stat().st_mode) == 0o600
    log = (studio / "server.log").read_text(encoding="utf-8", errors="replace")
    told = subprocess.run([sys.executable, SCRIPT, "account", "secret@example.org", "--home", studio],
                          capture_output=True, text=True, check=True)  # fmt: skip
    for secret in (account.password, account.token):
        assert secret not in repr(account)
        assert secret not in log
        assert secret not in told.stdout + told.stderr
    assert "secret@example.org" in told.stdout


def test_secrets_that_others_may_read_are_not_used(studio: Path) -> None:
    accounts = studio / "accounts.json"
    accounts.chmod(0o640)
    try:
        with pytest.raises(server.ServerError, match="others may read it: chmod 600 it"):
            server.ensure_account(studio, "once@example.org")
    finally:
        accounts.chmod(0o600)
    assert server.ensure_account(studio, "once@example.org").email == "once@example.org"


def test_a_server_that_dies_while_it_is_waited_for_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StartedError(Exception):
        pass

    def spawn(*given: object) -> None:
        raise StartedError

    with subprocess.Popen(["sleep", "1"]) as dying:
        state = {"url": "http://127.0.0.1:9", "pid": dying.pid, "birth": server._birth(dying.pid)}
        (tmp_path / "server.json").write_text(json.dumps(state), encoding="utf-8")
        assert server.running(tmp_path) is not None
        monkeypatch.setattr(server, "_spawn", spawn)
        with pytest.raises(StartedError):
            server.start(tmp_path, tmp_path)


def test_start_finds_the_server_that_runs(studio: Path, environment: Path) -> None:
    assert server.start(studio, environment) == server.running(studio)


def test_a_taken_port_is_an_error_that_says_so(environment: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(server.ServerError, match=f"port {port} cannot be had"):
            server.start(tmp_path, environment, port)
    assert server.running(tmp_path) is None


def fake_installation(folder: Path, behaviour: str) -> Path:
    """An environment whose server writes its pid to `folder/pid` and then does what `behaviour` says."""
    binaries = folder / "environment" / "bin"
    binaries.mkdir(parents=True)
    (binaries.parent / server_install._MARKER).write_text(server.LABEL_STUDIO_VERSION)
    (binaries / "python").symlink_to(sys.executable)
    (binaries / "label-studio").write_text(
        f"import os, time\nopen({str(folder / 'pid')!r}, 'w').write(str(os.getpid()))\n{behaviour}\n"
    )
    return binaries.parent


def test_a_server_that_dies_at_the_start_shows_its_log_and_leaves_no_process(tmp_path: Path) -> None:
    environment = fake_installation(tmp_path, "raise SystemExit('the disk is on fire')")
    with pytest.raises(server.ServerError, match=r"(?s)ended while it started.*the disk is on fire"):
        server.start(tmp_path / "home", environment)
    assert group_members(int((tmp_path / "pid").read_text())) == []
    assert not (tmp_path / "home" / "server.json").exists()


def test_a_server_that_never_answers_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "START_LIMIT", 1.0)
    environment = fake_installation(tmp_path, "time.sleep(600)")
    with pytest.raises(server.ServerError, match="did not answer within 1 seconds"):
        server.start(tmp_path / "home", environment)
    assert group_members(int((tmp_path / "pid").read_text())) == []


def test_start_without_installation_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(server.ServerError, match=r"run scripts/studio\.py install"):
        server.start(tmp_path / "home", tmp_path / "none")


def test_install_leaves_a_folder_alone_that_is_no_environment(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(server.ServerError, match="is not a virtual environment"):
        server.install(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_stop_spares_a_process_that_only_has_the_pid_of_a_dead_server(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as other:
        state = {"url": "http://127.0.0.1:1", "pid": other.pid, "birth": "1"}
        (tmp_path / "server.json").write_text(json.dumps(state))
        assert server.running(tmp_path) is None
        assert server.stop(tmp_path) is False
        assert other.poll() is None
        other.kill()


def test_accounts_need_a_running_server(tmp_path: Path) -> None:
    with pytest.raises(server.ServerError, match="no server runs"):
        server.ensure_account(tmp_path, "ana@example.org")


def test_a_stopped_server_is_gone_and_starts_again_with_its_accounts(environment: Path, tmp_path: Path) -> None:
    found = server.start(tmp_path, environment)
    account = server.ensure_account(tmp_path, "ana@example.org")
    assert server.stop(tmp_path) is True
    assert group_members(found.pid) == []
    assert server.running(tmp_path) is None
    assert server.stop(tmp_path) is False
    try:
        server.start(tmp_path, environment)
        assert server.ensure_account(tmp_path, "ana@example.org") == account
    finally:
        server.stop(tmp_path)
