"""The query that types one table of one file: every cell read, cast and checked in one pass by DuckDB."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from goodwill.facts import INSTANT, MONEY, TABLES, WORDS
from goodwill.listen import values
from goodwill.listen.choices import channel, choice, plain_choice
from goodwill.listen.names import NETWORKS
from goodwill.listen.source import identifier, text
from goodwill.listen.times import time

if TYPE_CHECKING:
    from datetime import datetime

    from goodwill.facts import Column
    from goodwill.firm import Firm
    from goodwill.listen.columns import TableMap
    from goodwill.listen.source import Source
    from goodwill.listen.styles import Styles

SQL_TYPES = {
    "string": "VARCHAR",
    "double": "DOUBLE",
    "int64": "BIGINT",
    "bool": "BOOLEAN",
    str(INSTANT): "TIMESTAMPTZ",
    str(MONEY): "DECIMAL(18, 2)",
    str(WORDS): "VARCHAR[]",
}
_EARLIEST = "TIMESTAMPTZ '1970-01-01 00:00:00+00'"
_EARLIEST_EVER = "TIMESTAMPTZ '1900-01-02 00:00:00+00'"
_MAY_LIE_AHEAD = ("decide_by", "until", "since")
_EMAIL = "^[^@\\s]+@[^@\\s]+[.][^@\\s]+$"


class Query:
    """The query that types one table: cells as text (s), parsed (v), checked and finished."""

    def __init__(self, found: TableMap, styles: Styles, firm: Firm, file: int, not_after: datetime) -> None:
        self.found, self.styles, self.firm, self.file = found, styles, firm, file
        self.table = TABLES[found.table]
        self.latest = f"TIMESTAMPTZ {text(not_after.isoformat())}"
        self.issues: list[tuple[str, str]] = []  # (SQL condition, what it says), in order
        self.fatal: list[str] = []

    def sql(self, source: Source) -> str:
        texts, parses = self._texts(), self._parses()
        quick = [f"{parse.quick} AS v_{name}" for name, parse in parses.items()]
        # The patient way is tried only where the quick one found nothing: few cells, and often none.
        slow = [
            f"CASE WHEN v_{name} IS NULL AND s_{name} IS NOT NULL THEN {parse.patient} ELSE v_{name} END AS v_{name}"
            for name, parse in parses.items()
            if parse.patient
        ]
        final = self._final()
        why = self._why()
        out = " OR ".join(f"coalesce({condition}, false)" for condition in self.fatal) or "false"
        query = f"SELECT _row, {', '.join(texts)} FROM {source.relation} {self.found.filter}"
        before = [f"{parse.before} AS n_{name}" for name, parse in parses.items() if parse.before]
        if before:
            query = f"SELECT *, {', '.join(before)} FROM ({query})"
        query = f"SELECT *{''.join(', ' + one for one in quick)} FROM ({query})"
        if slow:
            query = f"SELECT * REPLACE ({', '.join(slow)}) FROM ({query})"
        for step in self._money_steps():
            query = f"SELECT *, {', '.join(step)} FROM ({query})"
        return f"SELECT {', '.join(final)}, {self.file} AS _file, _row, {why} AS _why, {out} AS _out FROM ({query})"

    def _texts(self) -> list[str]:
        texts = []
        for name, sql in self.found.fields.items():
            value = values.cleaned(sql)
            if name in self.styles.point_zero:
                value = f"regexp_replace({value}, '[.]0$', '')"
            if name in self.styles.emails:
                value = (
                    f"CASE WHEN regexp_matches({value}, '{_EMAIL}') THEN 'email:' || lower({value}) ELSE {value} END"
                )
            texts.append(f"{value} AS s_{name}")
        for at, handle in enumerate(self.found.handles):
            texts.append(f"{_normal(handle.kind, values.cleaned(handle.sql))} AS s_h{at}")
        return texts

    def _parses(self) -> dict[str, values.Parse]:
        parses = {
            column.name: self._parse(column, f"s_{column.name}")
            for column in self.table
            if column.name in self.found.fields
        }
        for at, handle in enumerate(self.found.handles):
            good = (
                f"CASE WHEN regexp_matches(s_h{at}, '{_EMAIL}') THEN s_h{at} END"
                if handle.kind == "email"
                else f"s_h{at}"
            )
            parses[f"h{at}"] = values.Parse(good)
        return parses

    def _parse(self, column: Column, cell: str) -> values.Parse:
        if column.type == INSTANT:
            return time(cell, self.styles.times[column.name], f"n_{column.name}")
        if column.type == MONEY and not self._is_share(column):
            return values.money(cell, self.styles.numbers[column.name])
        if str(column.type) == "int64":
            return values.count(cell)
        return values.Parse(self._value(column, cell))

    def _value(self, column: Column, cell: str) -> str:
        if column.choices:
            return choice(f"{self.table.name}.{column.name}", cell, column.choices)
        if column.type == WORDS:
            return values.words(cell)
        if str(column.type) == "bool":
            return values.flag(cell)
        if str(column.type) == "double" or self._is_share(column):
            if column.unit == "share of 1" or self._is_share(column):
                return values.share(cell)
            return values.stars(cell) if column.name == "rating" else values.number(cell)
        return cell

    def _is_share(self, column: Column) -> bool:
        return self.table.name == "purchases" and column.name == "margin" and self.styles.margin in ("share", "percent")

    # --- checks and final values ----------------------------------------------------------------------------------

    def _final(self) -> list[str]:
        final = []
        for column in self.table:
            final.append(
                f"CAST({self._finished(column)} AS {SQL_TYPES[str(column.type)]}) AS {identifier(column.name)}"
            )
        for at, handle in enumerate(self.found.handles):
            final.append(f"v_h{at} AS _h{at}")
            if handle.kind == "email":
                self._issue(f"s_h{at} IS NOT NULL AND v_h{at} IS NULL", "email", "email", f"s_h{at}", fatal=False)
        return final

    def _finished(self, column: Column) -> str:
        name, given = column.name, column.name in self.found.fields
        if (
            name == self.table.names[0]
            and name.endswith("_id")
            and name not in ("customer_id", "promise_id", "cause_id")
        ):
            return f"coalesce(s_{name}, {self._made_id()})" if given else self._made_id()
        if name == "customer_id":
            return self._customer(column, given)
        if self.table.name == "purchases" and name in ("currency", "paid", "kind", "amount", "margin"):
            return self._purchase(column, given)
        if self.table.name == "handles" and name == "channel":
            kind = plain_choice("s_kind")  # a kind such as 'twitter' says 'account' and where
            network = f"CASE WHEN {values.one_of(kind, *NETWORKS)} THEN {kind} END"
            return f"coalesce({channel('s_channel')}, {network})" if given else network
        if self.table.name == "handles" and name == "value":
            self._issue("s_value IS NULL", name, "empty", "''", fatal=True)
            account = "WHEN v_kind = 'account' THEN ltrim(s_value, '@')"
            return f"CASE WHEN v_kind = 'email' THEN lower(s_value) {account} ELSE s_value END"
        if not given:
            return "NULL"
        fatal = column.required or (self.table.name, name) == ("handles", "confidence")
        if column.required:
            self._issue(f"s_{name} IS NULL", name, "empty", "''", fatal=True)
        if column.type == MONEY:
            self._check_money(column, fatal)
            return values.cents(f"m_{name}")
        good = self._check(column, fatal)
        value = _tidy(name, f"v_{name}")
        return value if fatal or not good else f"CASE WHEN {good} THEN {value} END"

    def _check(self, column: Column, fatal: bool) -> str:
        """Notes what may be wrong with a column's value; gives the SQL that it must fulfil."""
        name, value = column.name, f"v_{column.name}"
        code = {"int64": "whole", "double": "number", "bool": "flag", str(INSTANT): "time"}.get(str(column.type), "")
        if column.choices:
            code = "choice"
        if code:
            self._issue(f"s_{name} IS NOT NULL AND {value} IS NULL", name, code, f"s_{name}", fatal)
        if column.type == INSTANT:
            earliest = _EARLIEST if column.required else _EARLIEST_EVER
            self._issue(f"{value} < {earliest}", name, "past", f"s_{name}", fatal)
            good = f"{value} >= {earliest}"
            if name not in _MAY_LIE_AHEAD:
                self._issue(f"{value} > {self.latest}", name, "future", f"s_{name}", fatal)
                good += f" AND {value} <= {self.latest}"
            return good
        if column.low is not None:
            high = f" OR {value} > {column.high:g}" if column.high is not None else ""
            outside = f"({value} < {column.low:g}{high})"
            self._issue(outside, name, "range", f"s_{name}", fatal)
            return f"NOT {outside}"
        return ""

    def _check_money(self, column: Column, fatal: bool) -> None:
        name = column.name
        where = "currency" if "currency" in self.found.fields else name
        self._issue(f"s_{name} IS NOT NULL AND v_{name} IS NULL", name, "money", f"s_{name}", fatal)
        is_code = "regexp_full_match(currency_code, '[A-Z]{3}')"
        self._issue(f"v_{name} IS NOT NULL AND rate IS NULL AND {is_code}", where, "rate", "currency_code", fatal)
        self._issue(f"v_{name} IS NOT NULL AND rate IS NULL AND NOT {is_code}", where, "code", "currency_code", fatal)
        self._issue(f"v_{name} * rate IS NOT NULL AND m_{name} IS NULL", name, "large", f"s_{name}", fatal)

    def _customer(self, column: Column, given: bool) -> str:
        named = [
            f"CASE WHEN v_h{at} IS NOT NULL THEN '{handle.kind}:' || v_h{at} END"
            for at, handle in enumerate(self.found.handles)
            # An account that speaks is not yet a customer; whose it is, know finds out.
            if handle.kind in ("email", "phone") or self.table.name not in ("messages", "actions")
        ]
        parts = (["s_customer_id"] if given else []) + named
        who = f"coalesce({', '.join(parts)})" if parts else "NULL"
        if column.required:
            self._issue(f"{who} IS NULL", "customer_id", "empty", "''", fatal=True)
        return who

    def _made_id(self) -> str:
        cells = [f"coalesce(s_{name}, '')" for name in self.found.fields]
        cells += [f"coalesce(s_h{at}, '')" for at in range(len(self.found.handles))]
        return f"'row:' || substr(md5(concat_ws(chr(31), {', '.join(cells)})), 1, 16)"

    # --- money ------------------------------------------------------------------------------------------------------

    def _money_steps(self) -> list[list[str]]:
        """Which currency, at what rate, with what sign, and what it is in the firm's money (d: as paid, m: ours)."""
        money = [column.name for column in self.table if column.type == MONEY and column.name in self.found.fields]
        money = [name for name in money if not self._is_share(self.table[name])]
        if not money:
            return []
        steps = [[f"{self._currency(money)} AS currency_code", f"{self._goes_back()} AS goes_back"]]
        signed = [f"CASE WHEN goes_back THEN -abs(v_{name}) ELSE v_{name} END AS d_{name}" for name in money]
        steps.append([f"{self._rate()} AS rate", *signed])
        own = f"currency_code = {text(self.firm.currency)}"
        ours = f"CASE WHEN {own} THEN d_{{0}} ELSE try_cast(d_{{0}} * rate AS DECIMAL(18, 6)) END AS m_{{0}}"
        steps.append([ours.format(name) for name in money])
        return steps

    def _currency(self, money: list[str]) -> str:
        firms, options = self.firm.currency, []
        if "currency" in self.found.fields:
            options.append(values.currency("s_currency", firms))
        options += [values.currency_within(f"s_{name}", firms) for name in money if not self.styles.numbers[name].plain]
        options.append(text(self.found.currency or firms))
        return f"coalesce({', '.join(options)})"

    def _rate(self) -> str:
        rates = {**self.firm.rates, self.firm.currency: 1.0}
        cases = " ".join(f"WHEN {text(code)} THEN {_decimal(rate)}" for code, rate in sorted(rates.items()))
        return f"CASE currency_code {cases} END"

    def _goes_back(self) -> str:
        """Whether a purchase is a return, whatever its sign: by its kind, or by an id that says 'cancelled'."""
        if self.table.name != "purchases":
            return "false"
        told = "coalesce(v_kind = 'return', false)" if "kind" in self.found.fields else "false"
        return (
            f"{told} OR coalesce(regexp_full_match(s_purchase_id, 'C[0-9]+'), false)" if self.styles.cancelled else told
        )

    def _purchase(self, column: Column, given: bool) -> str:
        name = column.name
        if name == "currency":
            return "currency_code"
        if name == "paid":
            return values.cents("d_amount")
        if name == "amount":
            self._issue("s_amount IS NULL", name, "empty", "''", fatal=True)
            self._check_money(column, fatal=True)
            return values.cents("m_amount")
        if name == "kind":
            if given:
                self._issue("s_kind IS NOT NULL AND v_kind IS NULL", name, "choice", "s_kind", fatal=False)
            told = "v_kind" if given else "NULL"
            return f"CASE WHEN goes_back OR v_amount < 0 THEN 'return' ELSE coalesce({told}, 'sale') END"
        if not given:
            return "NULL"
        if not self._is_share(column):
            self._issue("s_margin IS NOT NULL AND v_margin IS NULL", name, "money", "s_margin", fatal=False)
            return values.cents("m_margin")
        share = "v_margin"
        if self.styles.margin == "percent":
            share = "(CASE WHEN right(s_margin, 1) = '%' THEN v_margin ELSE v_margin / 100 END)"
        self._issue("s_margin IS NOT NULL AND v_margin IS NULL", name, "number", "s_margin", fatal=False)
        self._issue(f"abs({share}) > 1", name, "margin", "s_margin", fatal=False)
        product = values.cents(f"CAST(CAST({values.cents('m_amount')} AS DOUBLE) * {share} AS DECIMAL(18, 6))")
        return f"CASE WHEN abs({share}) <= 1 THEN {product} END"

    # --- what is wrong ----------------------------------------------------------------------------------------------

    def _issue(self, condition: str, name: str, code: str, value: str, fatal: bool) -> None:
        shown = f"translate(left({value}, 80), chr(30) || chr(31), '  ')"
        said = f"'{name}' || chr(31) || '{code}' || chr(31) || {shown}"
        if (condition, said) not in self.issues:
            self.issues.append((condition, said))
            if fatal:
                self.fatal.append(condition)

    def _why(self) -> str:
        if not self.issues:
            return "CAST(NULL AS VARCHAR)"
        cases = [f"CASE WHEN {condition} THEN {said} END" for condition, said in self.issues]
        anything = " OR ".join(f"coalesce({condition}, false)" for condition, _ in self.issues)
        return f"CASE WHEN {anything} THEN concat_ws(chr(30), {', '.join(cases)}) END"


def _tidy(name: str, value: str) -> str:
    if name == "language":
        code = f"regexp_matches({value}, '^[A-Za-z]{{2}}([_-].*)?$')"
        return f"CASE WHEN {code} THEN lower(left({value}, 2)) ELSE {value} END"
    return channel(value) if name == "channel" else value


def _normal(kind: str, sql: str) -> str:
    if kind == "email":
        return f"lower(regexp_replace({sql}, '^mailto:', '', 'i'))"
    return f"ltrim({sql}, '@')" if kind == "account" else sql


def _decimal(rate: float) -> str:
    exact = Decimal(repr(rate))
    return f"CAST({text(format(exact, 'f'))} AS DECIMAL(18, {12 if exact < 10**5 else 6}))"
