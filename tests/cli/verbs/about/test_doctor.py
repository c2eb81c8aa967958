"""doctor: says what is there, and never falls over itself."""

from __future__ import annotations

import pytest

from geomlearn.app.cli.verbs.about import doctor


@pytest.fixture
def no_children(monkeypatch):
    """The probe that starts a renderer takes seconds and is tested with the figures."""
    monkeypatch.setitem(doctor._PROBES, "pictures", lambda: (True, "a renderer", ""))


def test_every_probe_reports(geomlearn, no_children):
    run = geomlearn("doctor", "--json")
    assert run.code == 0
    assert run.json["healthy"] is True
    assert {finding["name"] for finding in run.json["findings"]} == set(doctor._PROBES)
    assert all(finding["value"] for finding in run.json["findings"])


def test_what_is_missing_comes_with_advice(geomlearn, no_children, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(doctor, "ffmpeg", lambda: "")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    run = geomlearn("doctor", "--json")
    missing = [finding for finding in run.json["findings"] if not finding["ok"]]
    assert {"ffmpeg"} <= {finding["name"] for finding in missing}
    assert all(finding["advice"] for finding in missing)
    assert run.code == 0


@pytest.mark.parametrize(("name", "code"), [("torch", 1), ("window", 0)])
def test_a_probe_that_breaks_is_a_finding(geomlearn, no_children, monkeypatch, name, code):
    def broken() -> tuple[bool, str, str]:
        raise RuntimeError("libcuda is confused")

    monkeypatch.setitem(doctor._PROBES, name, broken)
    run = geomlearn("doctor")
    assert run.code == code
    assert "libcuda is confused" in run.out
    assert "Traceback" not in run.err
