"""One place for everything cached, which the environment moves or turns off."""

from geomlearn.core.cache import VARIABLE, cache_folder


def test_the_environment_moves_the_cache_or_turns_it_off(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert cache_folder("bases") == tmp_path / "bases"
    monkeypatch.setenv(VARIABLE, "off")
    assert cache_folder("bases") is None
    monkeypatch.delenv(VARIABLE)
    assert cache_folder("bases").name == "bases"
