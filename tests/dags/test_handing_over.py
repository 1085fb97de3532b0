"""Handing over from Airflow: a folder, or SFTP over a connection of Airflow's through its provider's hook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from loantape.errors import ConfigurationError
from loantape.outbox import hand_over
from tests.filing.openssh import openssh
from tests.filing.sftp_server import Server

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "remote" / "in").mkdir(parents=True)
    running = Server(tmp_path / "remote")
    yield running
    running.stop()


def test_a_package_goes_over_airflows_own_connection(
    airflow_home: Path, dag_bag: object, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider's hook logs in, the file arrives whole, a repetition changes nothing; wrong settings are named."""
    import wiring

    package = tmp_path / "p.zip"
    package.write_bytes(b"package" * 1000)
    login = f"sftp://bank:secret@127.0.0.1:{server.port}?no_host_key_check=true&allow_host_key_change=true"
    monkeypatch.setenv("AIRFLOW_CONN_BANK", login)
    for address in ("sftp://bank/in", "sftp://bank//in"):
        monkeypatch.setenv("LOANTAPE_OUTBOX_CN_PBC", address)
        with wiring.handing_over("cn_pbc") as place:
            assert hand_over(place, [package]) == [f"{address}/p.zip"]
        assert (server.root / "in" / "p.zip").read_bytes() == package.read_bytes()
        assert [path.name for path in (server.root / "in").iterdir()] == ["p.zip"]
    for wrong in ("sftp://bank", "ftp://bank/in", "sftp:///in", str(tmp_path / "absent"), "sftp://bank/elsewhere"):
        monkeypatch.setenv("LOANTAPE_OUTBOX_CN_PBC", wrong)
        with pytest.raises(ConfigurationError), wiring.handing_over("cn_pbc"):
            pass
    monkeypatch.setenv("LOANTAPE_OUTBOX_CN_PBC", str(tmp_path))
    with wiring.handing_over("cn_pbc") as place:
        assert place.name == str(tmp_path)
    monkeypatch.delenv("LOANTAPE_OUTBOX_CN_PBC")
    with wiring.handing_over("cn_pbc") as place:
        assert place is None


def test_only_the_server_that_is_known_gets_anything(
    airflow_home: Path, dag_bag: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With OpenSSH's server: the key in the connection is that of the server, or nothing is sent; nor without one."""
    import wiring

    package = tmp_path / "p.zip"
    package.write_bytes(b"package" * 1000)
    monkeypatch.setenv("HOME", str(tmp_path))  # whose known hosts are none
    monkeypatch.setenv("LOANTAPE_OUTBOX_CN_PBC", "sftp://bank/in")
    with openssh() as server:
        arrived = server.folder_in("in")
        other = (server.folder / "other.pub").read_text().rpartition(" ")[0]
        for wrong in ({"key": other}, {"key": ""}, {"login": "other"}):
            monkeypatch.setenv("AIRFLOW_CONN_BANK", server.address(**wrong))
            with pytest.raises(ConfigurationError, match="bank") as refused, wiring.handing_over("cn_pbc"):
                pass
            assert not refused.value.retry_helps and str(server.folder) not in str(refused.value)
        assert list(arrived.iterdir()) == []
        monkeypatch.setenv("AIRFLOW_CONN_BANK", server.address())
        with wiring.handing_over("cn_pbc") as place:
            assert hand_over(place, [package]) == ["sftp://bank/in/p.zip"]
        assert [path.read_bytes() for path in arrived.iterdir()] == [package.read_bytes()]
