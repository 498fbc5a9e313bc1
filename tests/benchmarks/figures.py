# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The measurements, their order, and their targets."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

from contents import ContentsBench
from fleet import HUB, UNITS, Fleet, ca_arn
from measuring import Run
from outcome import RUN_COLUMNS, Section, Target, different_calls, mib, number, plain_table, run_row
from peers import CALLER_TASK, MODULE_TASK, SHARDS, Peers

from project import ToolError

CREATE = "CreateCertificateAuthorityAuditReport"
# Requests per second in each account and region, as the service takes them.
RATES = {
    CREATE: 1.0,
    "DescribeCertificateAuthorityAuditReport": 20.0,
    "DescribeCertificateAuthority": 20.0,
    "ListCertificateAuthorities": 20.0,
}


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    accounts: int = 1000
    latency: float = 0.08
    #: As one gives it for a fleet. The peers get their best as well; the module's default is among the others.
    concurrency: int = 64
    other_concurrencies: tuple[int, ...] = (32, 128)
    repetitions: int = 3
    threads: tuple[int, ...] = (32, 64, 128)
    per_account_sample: int = 200
    cli_parallel: tuple[int, ...] = (2, 4, 8)
    cli_sample: int = 20
    forks: tuple[int, ...] = (5, 10, 20)
    forks_sample: int = 40
    growth: tuple[int, ...] = (100, 1000, 10_000)
    history: tuple[int, ...] = (10, 1000, 50_000)
    organization: int = 5000
    sliced: tuple[int, ...] = (1000, 5000)
    slices: tuple[int, ...] = (1, 2, 4)
    one_repetitions: int = 7
    limit_cas: int = 100
    slow_seconds: float = 20.0
    certificates: int = 1_000_000


QUICK = Sizes(
    accounts=60,
    other_concurrencies=(),
    repetitions=1,
    threads=(32,),
    per_account_sample=60,
    cli_parallel=(4,),
    cli_sample=4,
    forks=(5,),
    forks_sample=5,
    growth=(20, 60, 300),
    history=(10, 1000, 3000),
    organization=300,
    sliced=(60,),
    one_repetitions=2,
    limit_cas=10,
    slow_seconds=5.0,
    certificates=20_000,
)


@dataclass
class Bench:
    """Measures. What one part found, another one may need: ``fleet_runs`` are those of the whole fleet."""

    peers: Peers
    sizes: Sizes
    say: Callable[[str], None]
    # The module's own, where the sizes name none.
    _first: list[Run] = field(default_factory=list)
    _second: list[Run] = field(default_factory=list)
    _handwritten: list[Run] = field(default_factory=list)
    _threads: int = 0
    _contents: ContentsBench | None = None

    def warm_up(self) -> None:
        """Run each program once, so that files are read from memory from now on."""
        self._fresh(3)
        problems = [
            run.problem and f"{run.problem}: {run.output.strip()[-1500:]}"
            for run in (
                self.peers.module(Fleet(2)),
                self.peers.handwritten(2, "shared", 2),
                self.peers.usual_way(1, 1),
                self.peers.aws_cli(1, 1),
            )
        ]
        if any(problems):
            raise ToolError("\n".join(filter(None, problems)))

    # Parts

    def contents(self) -> Section:
        """What is inside a large report."""
        return self._close(self._contents_bench().contents())

    def candidates(self) -> Section:
        """Ways to read a large report."""
        return self._close(self._contents_bench().candidates())

    def together(self) -> Section:
        """Several large reports at once."""
        return self._close(self._contents_bench().together())

    def dataset(self) -> Section:
        """The certificates as a data set."""
        return self._close(self._contents_bench().dataset())

    def _contents_bench(self) -> ContentsBench:
        if self._contents is None:
            self._contents = ContentsBench(self.peers, self.sizes.certificates, self.say)
        self._fresh(1)
        self._contents.serve()
        return self._contents

    def fleet(self) -> Section:
        """The whole fleet, by everything that is compared."""
        sizes, accounts = self.sizes, self.sizes.accounts
        section = Section(
            f"{accounts} accounts with one CA each",
            RUN_COLUMNS,
            "All reports are new, and are complete immediately. Entire processes, from start to end.",
        )

        def add(name: str, run: Run, remark: str = "", cas: int = accounts) -> None:
            section.rows.append(run_row(name, run, cas, remark))
            self._show(name, run, cas)

        self._search_threads()
        for _again in range(sizes.repetitions):
            self._measure_first_and_second()
            if len(self._handwritten) < sizes.repetitions:
                self._measure_handwritten()
        a, b, e = (_median(runs) for runs in (self._first, self._second, self._handwritten))
        add("a. this module, new reports", a, _spread(self._first))
        add("b. the same task repeated", b, _spread(self._second))
        others = {}
        for concurrency in sizes.other_concurrencies:
            self._fresh(accounts)
            others[concurrency] = self.peers.module(Fleet(accounts), concurrency=concurrency)
            add(f"a. with concurrency: {concurrency}", others[concurrency], _failures(others[concurrency]))
        self._fresh(accounts)
        discovering = self.peers.module(Fleet(accounts), arns=False)
        add("a. with discovery", discovering, _failures(discovering))
        again = self.peers.module(Fleet(accounts), arns=False)
        add("b. with discovery", again, _failures(again))
        c = self._aws_cli(section)
        d = self._usual_way(section)
        add("e. boto3 and threads, one client for all", e, f"{self._threads} threads; {_spread(self._handwritten)}")
        per_account = self._per_account()
        add(*per_account)
        best = min(e.seconds, per_account[1].seconds)
        section.targets += [
            Target("a: times as fast as c", c / a.seconds, 50, at_least=True, problem=a.problem),
            Target("a: times as fast as d", d / a.seconds, 20, at_least=True, problem=a.problem),
            Target("a: time relative to e", a.seconds / best, 1.3, problem=a.problem or e.problem),
            Target("b, with ARNs: requests per CA", b.per(accounts), 2, problem=b.problem),
            Target("b, with ARNs: requests to acm-pca", b.per(1, "acm-pca:"), 0, problem=b.problem),
            Target("b, with ARNs: roles assumed", b.per(1, "sts:"), 0, problem=b.problem),
        ]
        floor = a.per(1) * sizes.latency / sizes.concurrency
        section.notes += [
            _same_calls(a, e),
            f"With concurrency {sizes.concurrency}, the requests of a alone take {floor:.1f} s: {a.per(1):.0f} "
            f"requests of {sizes.latency * 1000:.0f} ms, {sizes.concurrency} at a time.",
            *(
                f"With concurrency {concurrency}, a is {c / run.seconds:.0f} times as fast as c, {d / run.seconds:.0f} "
                f"times as fast as d, and takes {run.seconds / best:.2f} times as long as e."
                for concurrency, run in others.items()
            ),
        ]
        return self._close(section)

    def role(self) -> Section:
        """The role, with all that it does for a fleet."""
        sizes, accounts = self.sizes, self.sizes.accounts
        largest = max(sizes.growth)
        if not self._first:
            self._measure_first_and_second()
        a, b = _median(self._first), _median(self._second)
        section = Section(
            "The role",
            RUN_COLUMNS,
            "The entry point `main` with a summary, the file of all certificates, an SNS message, and findings in "
            "Security Hub. The role finds the CAs of each account, and a and b are told their ARNs. Every report has "
            "three certificates, of which one expires soon.",
        )

        def run(name: str, size: int) -> Run:
            found = self.peers.role(Fleet(size), sizes.concurrency)
            section.rows.append(run_row(name, found, size, _failures(found)))
            self._show(name, found, size)
            return found

        self._fresh(accounts)
        first = run(f"the role, new reports, {accounts:,} accounts", accounts)
        second = run(f"the role again, {accounts:,} accounts", accounts)
        self._fresh(largest)
        large = run(f"the role, new reports, {largest:,} accounts", largest)
        section.targets += [
            Target("role: time relative to a", first.seconds / a.seconds, 3, problem=first.problem),
            Target("role: time of the second run relative to b", second.seconds / b.seconds, 4, problem=second.problem),
            Target(
                f"role: time for {largest:,} accounts relative to {accounts:,}",
                large.seconds / first.seconds,
                largest / accounts * 1.1,
                problem=large.problem or first.problem,
            ),
            Target(f"role: memory of ansible-playbook for {accounts:,} accounts", first.started_mib, 300, " MiB"),
        ]
        return self._close(section)

    def inventory(self) -> Section:
        """The accounts of an organization as hosts."""
        size = self.sizes.organization
        section = Section(
            "The inventory of an organization",
            ("", "seconds", "CPU s", "requests", "MiB", ""),
            f"`ansible-inventory --list` of {size:,} accounts in {UNITS} organizational units, without tags. AWS "
            "Organizations returns 20 accounts per request, and refuses parallel requests.",
        )

        def run(name: str, *, cache: bool = False) -> Run:
            found = self.peers.inventory(cache)
            numbers = [number(round(value, 1)) for value in (found.seconds, found.busy_seconds, found.per(1))]
            section.rows.append([name, *numbers, mib(found.largest_mib), found.problem or ""])
            self._show(name, found, size)
            return found

        self._fresh(size)
        first = run("without a cache")
        run("with an empty cache", cache=True)
        cached = run("from the cache", cache=True)
        section.targets += [
            Target(f"inventory of {size:,} accounts", first.seconds, 40, " s", problem=first.problem),
            Target(f"inventory of {size:,} accounts, cached", cached.seconds, 15, " s", problem=cached.problem),
            Target(f"inventory of {size:,} accounts: memory", first.largest_mib, 400, " MiB", problem=first.problem),
        ]
        return self._close(section)

    def slices(self) -> Section:
        """Jobs that share the hosts."""
        section = Section(
            "Slices of an AWX job",
            RUN_COLUMNS,
            "The playbook `cloudpki.aws.make_reports` in one process per slice, all at the same time on this machine. "
            f"The accounts are divided between {SHARDS} hosts. All reports are new, and are complete immediately.",
        )
        for size in self.sizes.sliced:
            for slices in self.sizes.slices:
                self._fresh(size)
                run = self.peers.slices(Fleet(size), slices, self.sizes.concurrency)
                name = f"{size:,} accounts, {slices} slice{'s' if slices > 1 else ''}"
                section.rows.append(run_row(name, run, size, _failures(run)))
                self._show(name, run, size)
        return self._close(section)

    def slow(self) -> Section:
        """Reports that take their time."""
        sizes, accounts = self.sizes, self.sizes.accounts
        self._need_handwritten()
        e = _median(self._handwritten)
        section = Section(
            f"{accounts} accounts, reports that take {number(sizes.slow_seconds)} s each",
            RUN_COLUMNS,
            "All reports are generated at the same time.",
        )
        self._fresh(accounts, report_seconds=sizes.slow_seconds)
        run = self.peers.module(Fleet(accounts), concurrency=sizes.concurrency)
        section.rows.append(run_row("a. this module", run, accounts, _failures(run)))
        limit = sizes.slow_seconds + 1.3 * e.seconds
        section.targets.append(Target(_slow_text(sizes, e), run.seconds, limit, " s", problem=run.problem))
        return self._close(section)

    def limit(self) -> Section:
        """One account, as fast as the service lets it."""
        cas = self.sizes.limit_cas
        bound = cas - 1
        section = Section(
            f"One account with {cas} CAs",
            ("", "seconds", "between first and last report", "over the minimum", "throttled", "failed", ""),
            f"The service accepts one request for a report per second, so the minimum time is {bound} s.",
        )
        self._fresh(1, cas=cas, rates=RATES)
        run = self.peers.module(Fleet(1, cas), concurrency=self.sizes.concurrency)
        over = f"{run.seconds / bound - 1:.1%}"
        between = number(round(run.requesting_seconds, 1))
        numbers = [number(round(run.seconds, 1)), between, over, str(run.throttled), str(run.failed_entries)]
        section.rows.append(["a. this module", *numbers, run.problem or ""])
        section.targets += [
            Target(
                f"{cas} CAs in one account: time relative to the minimum of {bound} s",
                run.seconds / bound,
                1.1,
                problem=run.problem,
            ),
            Target(f"{cas} CAs in one account: failed", run.failed_entries, 0, problem=run.problem),
        ]
        return self._close(section)

    def growth(self) -> Section:
        """From small to large."""
        section = Section(
            "Scaling",
            ("CAs", "a: seconds", "a: ms per CA", "a: MiB module", "b: seconds", "b: MiB module", "MiB started", ""),
            "One CA per account, with ARNs.",
        )
        found: dict[int, tuple[Run, Run]] = {}
        for size in self.sizes.growth:
            if size == self.sizes.accounts and self._first:
                first, second = _median(self._first), _median(self._second)
            else:
                self._fresh(size)
                first = self.peers.module(Fleet(size), concurrency=self.sizes.concurrency)
                second = self.peers.module(Fleet(size), concurrency=self.sizes.concurrency)
            found[size] = (first, second)
            section.rows.append(
                [
                    f"{size:,}",
                    number(round(first.seconds, 1)),
                    number(round(first.seconds / size * 1000, 1)),
                    mib(first.module_mib),
                    number(round(second.seconds, 1)),
                    mib(second.module_mib),
                    mib(first.started_mib),
                    "; ".join(filter(None, (first.problem, second.problem))),
                ]
            )
            self._show(f"a, {size:,} CAs", first, size)
            self._show(f"b, {size:,} CAs", second, size)
        *_smaller, middle, largest = self.sizes.growth
        problem = next((run.problem for size in (middle, largest) for run in found[size] if run.problem), None)
        growth = [found[largest][index].seconds / found[middle][index].seconds for index in (0, 1)]
        peaks = [run.module_mib for run in found[largest] if run.module_mib is not None]
        section.targets += [
            Target(f"a: time for {largest:,} CAs relative to {middle:,}", growth[0], largest / middle, problem=problem),
            Target(f"b: time for {largest:,} CAs relative to {middle:,}", growth[1], largest / middle, problem=problem),
            Target(f"memory of the module for {largest:,} CAs", max(peaks, default=None), 400, " MiB", problem=problem),
        ]
        return self._close(section)

    def history(self) -> Section:
        """A CA with many earlier reports."""
        section = Section(
            "A CA with many earlier reports",
            ("earlier reports", "first run: requests", "seconds", "second run: requests", "seconds", ""),
            "The first run finds no tracking record, lists the bucket, and requests a report, because the last one is "
            "two hours old. The second run finds the record.",
        )
        seconds, requests = [], []
        for reports in self.sizes.history:
            self._fresh(1, history_of=ca_arn(HUB, 0), history=reports)
            first, second = self.peers.module_for_own_ca(), self.peers.module_for_own_ca()
            seconds.append(second.seconds)
            requests.append(second.per(1))
            section.rows.append(
                [
                    f"{reports:,}",
                    number(first.per(1)),
                    number(round(first.seconds, 2)),
                    number(second.per(1)),
                    number(round(second.seconds, 2)),
                    "; ".join(filter(None, (first.problem, second.problem))),
                ]
            )
            self._show(f"{reports:,} earlier reports, first run", first, 1)
            self._show(f"{reports:,} earlier reports, second run", second, 1)
        section.targets.append(Target("second run: requests, regardless of the number of reports", max(requests), 2))
        section.notes.append(f"The second runs took between {min(seconds):.2f} s and {max(seconds):.2f} s.")
        return self._close(section)

    def one(self) -> Section:
        """One CA, one task."""
        section = Section(
            "One CA, one task",
            ("", "median seconds", "minimum", "maximum", "requests", ""),
            "The report is recent enough. Compared with a task that only requests the caller identity, the minimum for "
            "boto3.",
        )
        self._fresh(1)
        self.peers.module_for_own_ca()
        runs: dict[str, list[Run]] = {"caller": [], "module": [], "nothing": []}
        for _again in range(self.sizes.one_repetitions):
            runs["caller"].append(self.peers.caller_info())
            runs["module"].append(self.peers.module_for_own_ca())
            runs["nothing"].append(self.peers.nothing())
        names = {
            "caller": "ansible-playbook with amazon.aws.aws_caller_info",
            "module": "ansible-playbook with this module",
            "nothing": "ansible-playbook without a task",
        }
        for key, each in runs.items():
            times = [round(run.seconds, 2) for run in each]
            numbers = [number(round(value, 2)) for value in (statistics.median(times), min(times), max(times))]
            section.rows.append([names[key], *numbers, number(each[0].per(1)), each[0].problem or ""])
        turns, tasks = self.peers.turns(self.sizes.one_repetitions)
        for name, task in (("aws_caller_info", CALLER_TASK), ("this module", MODULE_TASK)):
            value = f"{tasks[task]:.2f}" if task in tasks else ""
            section.rows.append([f"the task alone: {name}", value, "", "", "", turns.problem or ""])
        caller, module = (_median(runs[key]) for key in ("caller", "module"))
        alone = tasks[MODULE_TASK] / tasks[CALLER_TASK] if len(tasks) > 1 else None
        section.targets += [
            Target(
                "one task: time relative to aws_caller_info",
                module.seconds / caller.seconds,
                1.3,
                problem=module.problem,
            ),
            Target("the task alone: time relative to aws_caller_info", alone, 1.3, problem=turns.problem),
        ]
        return self._close(section)

    # What the parts need

    def _fresh(self, accounts: int, **settings: object) -> None:
        """A fleet that nobody has looked at, with all settings but these as they are by default."""
        usual: dict[str, object] = {
            "accounts": accounts,
            "cas": 1,
            "latency": self.sizes.latency,
            "report_seconds": 0.0,
            "rates": {},
            "history_of": "",
            "history": 0,
        }
        self.peers.stub.reset(**{**usual, **settings})

    def _measure_first_and_second(self) -> None:
        fleet, concurrency = Fleet(self.sizes.accounts), self.sizes.concurrency
        self._fresh(fleet.accounts)
        self._first.append(self.peers.module(fleet, concurrency=concurrency))
        self._show("a", self._first[-1], fleet.size)
        self._second.append(self.peers.module(fleet, concurrency=concurrency))
        self._show("b", self._second[-1], fleet.size)

    def _measure_handwritten(self) -> None:
        self._fresh(self.sizes.accounts)
        self._handwritten.append(self.peers.handwritten(self.sizes.accounts, "shared", self._threads))
        self._show("e", self._handwritten[-1], self.sizes.accounts)

    def _search_threads(self) -> None:
        """With how many threads e is fastest; the run that shows it counts."""
        best: Run | None = None
        for threads in self.sizes.threads:
            self._fresh(self.sizes.accounts)
            run = self.peers.handwritten(self.sizes.accounts, "shared", threads)
            self._show(f"e, {threads} threads", run, self.sizes.accounts)
            if best is None or run.seconds < best.seconds:
                best, self._threads = run, threads
        assert best is not None
        self._handwritten.append(best)

    def _need_handwritten(self) -> None:
        if not self._handwritten:
            self._search_threads()

    def _per_account(self) -> tuple[str, Run, str]:
        sizes = self.sizes
        times = {}
        for threads in sizes.threads:
            self._fresh(sizes.per_account_sample)
            times[threads] = self.peers.handwritten(sizes.per_account_sample, "per-account", threads).seconds
        best = min(times, key=lambda threads: times[threads])
        self._fresh(sizes.accounts)
        run = self.peers.handwritten(sizes.accounts, "per-account", best)
        return "e. boto3 and threads, one client per account", run, f"{best} threads"

    def _aws_cli(self, section: Section) -> float:
        """:returns: the seconds that the AWS CLI takes for the fleet."""
        sizes = self.sizes

        def sample(parallel: int) -> Run:
            self._fresh(sizes.accounts)
            return self.peers.aws_cli(sizes.cli_sample, parallel)

        best, run = self._fastest("c, -P", sizes.cli_parallel, sizes.cli_sample, sample)
        scaled = run.seconds / sizes.cli_sample * sizes.accounts
        how = f"-P {best}; {sizes.cli_sample} accounts took {run.seconds:.1f} s, extrapolated"
        self._add_scaled(section, "c. the AWS CLI and xargs", run, sizes.cli_sample, scaled, how)
        return scaled

    def _usual_way(self, section: Section) -> float:
        """:returns: the seconds that Ansible with a host per account takes for the fleet."""
        sizes = self.sizes

        def sample(forks: int) -> Run:
            self._fresh(sizes.accounts)
            return self.peers.usual_way(sizes.forks_sample, forks)

        best, run = self._fastest("d, forks", sizes.forks, sizes.forks_sample, sample)
        start = self.peers.nothing().seconds
        scaled = start + (run.seconds - start) / sizes.forks_sample * sizes.accounts
        how = (
            f"forks {best}; {sizes.forks_sample} accounts took {run.seconds:.1f} s, "
            f"of which {start:.1f} s to start; the rest is extrapolated"
        )
        self._add_scaled(section, "d. one host per account", run, sizes.forks_sample, scaled, how)
        return scaled

    def _fastest(
        self, what: str, candidates: tuple[int, ...], sample_size: int, sample: Callable[[int], Run]
    ) -> tuple[int, Run]:
        """How many at a time are the fastest, and the sample that shows it."""
        found: list[tuple[int, Run]] = []
        for candidate in candidates:
            found.append((candidate, sample(candidate)))
            self._show(f"{what} {candidate}", found[-1][1], sample_size)
        return min(found, key=lambda pair: (pair[1].problem is not None, pair[1].seconds))

    def _add_scaled(self, section: Section, name: str, run: Run, sample: int, scaled: float, how: str) -> None:
        row = run_row(name, run, sample, how)
        row[1] = f"~{scaled:.0f}"
        row[2] = f"~{run.busy_seconds / sample * self.sizes.accounts:.0f}"
        section.rows.append(row)

    def _show(self, name: str, run: Run, cas: int) -> None:
        """Tell while it goes."""
        what = f"{run.seconds:7.2f} s, {run.busy_seconds:7.2f} s of CPU time, {run.per(cas):.2f} requests per CA"
        self.say(f"    {name.strip():<44}{'; '.join(filter(None, (what, run.problem, _failures(run))))}")

    def _close(self, section: Section) -> Section:
        self.say(f"\n{section.title}\n\n{plain_table(section.columns, section.rows)}\n")
        for note in section.notes:
            self.say(f"  {note}")
        return section


def _median(runs: list[Run]) -> Run:
    """The run in the middle; one with a problem comes last."""
    ordered = sorted(runs, key=lambda run: (run.problem is not None, run.seconds))
    return ordered[(len(ordered) - 1) // 2]


def _spread(runs: list[Run]) -> str:
    if len(runs) == 1:
        return _failures(runs[0])
    times = sorted(run.seconds for run in runs)
    return f"median of {len(runs)}: {times[0]:.1f} to {times[-1]:.1f} s"


def _failures(run: Run) -> str:
    return f"{run.failed_entries} failed" if run.failed_entries else ""


def _same_calls(a: Run, e: Run) -> str:
    different = different_calls(a, e)
    if not different:
        return "a and e sent the same number of requests for every operation."
    return f"Note: a and e did not send the same requests: {', '.join(different)}."


def _slow_text(sizes: Sizes, e: Run) -> str:
    return f"reports of {number(sizes.slow_seconds)} s: total time, at most that plus 1.3 times {e.seconds:.1f} s of e"
