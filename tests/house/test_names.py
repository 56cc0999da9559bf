"""The names that others rely on, and what importing them costs."""

from __future__ import annotations

import inspect
import subprocess
import sys

import goodwill
from goodwill import errors

EXPORTED = {"Facts", "GoodwillError", "Result", "__version__", "read", "run", "understand"}
HEAVY = ("numpy", "pyarrow", "ibis", "duckdb", "scipy", "numba", "pydantic", "altair", "django", "onnxruntime")


def test_what_is_exported() -> None:
    assert set(goodwill.__all__) == EXPORTED == set(dir(goodwill))
    assert all(getattr(goodwill, name) is not None for name in EXPORTED)


def test_an_unknown_name_is_said_plainly() -> None:
    try:
        goodwill.valuate  # noqa: B018
    except AttributeError as error:
        assert str(error) == "module 'goodwill' has no attribute 'valuate'"
    else:
        raise AssertionError("no error")


def test_importing_goodwill_loads_nothing_heavy() -> None:
    program = f"import sys, goodwill; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_error_is_a_goodwill_error_and_those_about_values_are_value_errors() -> None:
    found = {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and name.endswith("Error")}
    assert all(issubclass(kind, errors.GoodwillError) for kind in found.values())
    about_values = {"SettingsError", "InputError", "FactError", "ModelError", "BooksError"}
    assert {name for name, kind in found.items() if issubclass(kind, ValueError)} == about_values


def test_every_error_stands_in_the_tree_on_the_first_screen() -> None:
    kinds = [name for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, Exception)]
    own = [name for name in kinds if not issubclass(getattr(errors, name), Warning)]
    assert errors.__doc__ is not None
    assert all(name in errors.__doc__ for name in own)


def test_an_error_says_what_where_and_how_to_mend_it() -> None:
    error = errors.InputError("no column 'at'", where="purchases.csv", mend="name it in goodwill.toml")
    assert str(error) == "purchases.csv: no column 'at'; name it in goodwill.toml"
