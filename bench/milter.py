#!/usr/bin/env python3
"""Mails by milter: ringtrue beside Rspamd, the same mails by the same client in one run.

    python3 bench/milter.py --ringtrue target/release/ringtrue --detector out/detector --data DIR [--rounds 5]

Rspamd and redis-server are Debian's packages. Rspamd's worker `rspamd_proxy` scans by itself, as its makers advise for milter; what asks the network or
DNS is off. It runs twice: with its rules alone, and with its Bayes classifier too, trained on the mails before `--learn-before`, as it is used. ringtrue logs and
syncs each verdict before it tells it, and keeps the mails for replay. All run at a time and take turns: each gets every mail, by `--connections` at a time, `--rounds`
times; then once more, one after the other, for the time of a mail. CPU and memory are those of the filter's processes: the client's, and those of Redis, are not counted. What is asked
is told to each as Postfix does, in as many round trips as the filter asks for.
"""
import argparse, base64, concurrent.futures, gzip, http.client, json, os, pathlib, re, shutil, signal, socket, statistics, struct, subprocess, sys, tempfile, threading, time

OFF = """rbl surbl dkim_signing fuzzy_check asn spf dkim dmarc arc greylist ratelimit antivirus external_services url_redirector emails mx_check neural
reputation history_redis clickhouse elastic metadata_exporter replies bimi known_senders once_received hfilter rspamd_update aws_s3 phishing""".split()
OFFER = struct.pack(">III", 6, 0x1FF, 0x1FFFFF)
# Whether a step is not sent, and whether it is not answered, as bits of what the filter asked for.
CONNECT, HELO, MAIL, RCPT, DATA = (0x1, 0x1000), (0x2, 0x2000), (0x4, 0x4000), (0x8, 0x8000), (0x200, 0x10000)
HEADER, END, BODY = (0x20, 0x80), (0x40, 0x40000), (0x10, 0x80000)
PIECE = 65535


def packet(command, content=b""):
    return struct.pack(">I", len(content) + 1) + command + content


def corpus(data):
    """SpamAssassin's corpus: date, whether it is spam, and bytes of each mail."""
    path = next(pathlib.Path(data).rglob("email_spamassassin_2002.jsonl.gz"))
    for line in gzip.open(path, "rt", encoding="utf-8"):
        mail = json.loads(line)
        raw = base64.b64decode(mail["raw"]) if mail["enc"] == "base64" else mail["raw"].encode()
        yield mail["date"], mail["label"] != "ham", raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw


def mails(data):
    """The mails of the corpus as packets: one a header, one a piece of the body."""
    found = []
    for _, _, raw in corpus(data):
        head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
        lines = re.sub(rb"\n([ \t])", b"\r\\1", head).split(b"\n")
        pairs = [line.replace(b"\r", b"\n").partition(b":") for line in lines if b":" in line and b"\0" not in line]
        body = body.replace(b"\n", b"\r\n")
        pieces = [packet(b"B", body[at:at + PIECE]) for at in range(0, len(body), PIECE)]
        found.append(([packet(b"L", name + b"\0" + value + b"\0") for name, _, value in pairs], pieces))
    return found


class Mta:
    """A mail server's connection to a filter."""

    def __init__(self, address):
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb")
        self.socket.sendall(packet(b"O", OFFER))
        self.protocol = struct.unpack(">III", self.reply()[1][:12])[2]
        self.pending, self.unanswered = [], 0
        self.step(CONNECT, [packet(b"C", b"client.example\0004" + struct.pack(">H", 2525) + b"192.0.2.1\0")])
        self.step(HELO, [packet(b"H", b"client.example\0")])

    def reply(self):
        length = struct.unpack(">I", self.reader.read(4))[0]
        content = self.reader.read(length)
        return content[:1], content[1:]

    def step(self, bits, packets):
        """Sends packets of one kind; what the filter answers is waited for, one by one."""
        not_sent, not_answered = bits
        if self.protocol & not_sent:
            return
        for content in packets:
            self.pending.append(content)
            if not self.protocol & not_answered:
                self.flush()
                if self.reply()[0] != b"c":
                    raise ValueError("refused before the end")

    def flush(self):
        self.socket.sendall(b"".join(self.pending))
        self.pending = []

    def mail(self, number, headers, pieces):
        """Hands over a mail; returns the seconds from its last byte to its answer, and the answer."""
        self.pending.append(packet(b"D", b"Mi\0" + b"%X\0" % number))
        self.step(MAIL, [packet(b"M", b"<ann@client.example>\0")])
        self.step(RCPT, [packet(b"R", b"<bob@mx.example>\0")])
        self.step(DATA, [packet(b"T")])
        self.step(HEADER, headers)
        self.step(END, [packet(b"N")])
        self.step(BODY, pieces)
        self.pending.append(packet(b"E"))
        begin = time.perf_counter()
        self.flush()
        while True:
            kind, _ = self.reply()
            if kind in b"cartdy":
                return time.perf_counter() - begin, kind


class Filter:
    """A filter's processes; `beside` are others that it needs."""

    def __init__(self, process, address, beside=()):
        self.process, self.address, self.beside = process, address, beside

    def processes(self):
        found, open_ = [], [self.process.pid]
        while open_:
            pid = open_.pop()
            found.append(pid)
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                open_ += map(int, (task / "children").read_text().split())
        return found

    def cpu_seconds(self):
        ticks = 0
        for pid in self.processes():
            fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
            ticks += sum(map(int, fields[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def megabytes(self):
        """The proportional share of memory of all processes together, so that what they share counts once."""
        texts = [open(f"/proc/{pid}/smaps_rollup").read() for pid in self.processes()]
        return round(sum(int(re.search(r"\nPss:\s+(\d+)", text)[1]) for text in texts) / 1024)

    def end(self):
        for process in (self.process, *self.beside):
            process.send_signal(signal.SIGTERM)
            process.wait()


def ringtrue(arguments, folder):
    config = os.path.join(folder, "serve.toml")
    text = f'[milter]\nlisten = "127.0.0.1:0"\nreasons = {arguments.reasons}\nreview = "accept"\nblock = "accept"\n'
    pathlib.Path(config).write_text(text)
    words = [arguments.ringtrue, "serve", "--unsigned", "--json", "--config", config, "--listen", "127.0.0.1:0", "--log", os.path.join(folder, "log"),
             "--detector", arguments.detector]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "OMP_WAIT_POLICY": "passive"})
    host, port = json.loads(process.stdout.readline())["milter"].rsplit(":", 1)
    return Filter(process, (host, int(port)))


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def rspamd(arguments, folder, has_bayes):
    os.chmod(folder, 0o755)
    conf, port, control, redis = os.path.join(folder, "etc"), free_port(), free_port(), free_port()
    shutil.copytree("/etc/rspamd", conf)
    settings = {f"{name}.conf": "enabled = false;\n" for name in OFF}
    settings |= {f"worker-{name}.inc": "enabled = false;\n" for name in ("normal", "controller", "fuzzy")}
    settings["worker-proxy.inc"] = (f'bind_socket = "127.0.0.1:{port}";\nmilter = yes;\ncount = {os.cpu_count()};\ntimeout = 120s;\n'
                                    'upstream "local" { default = yes; self_scan = yes; }\n')
    # Nobody answers at this address, and nothing asks it.
    settings["options.inc"] = ('dns { nameserver = ["127.0.0.1:9"]; timeout = 0.1s; retransmits = 1; }\nfilters = "chartable,regexp";\n'
                               f'tempdir = "{folder}";\npidfile = "{folder}/rspamd.pid";\nmap_watch_interval = 1d;\n')
    settings["logging.inc"] = f'type = "file"; filename = "{folder}/rspamd.log"; level = "error";\n'
    beside = []
    if has_bayes:
        settings["redis.conf"] = f'servers = "127.0.0.1:{redis}";\n'
        settings["classifier-bayes.conf"] = f'autolearn = false;\nservers = "127.0.0.1:{redis}";\n'
        settings["worker-controller.inc"] = f'bind_socket = "127.0.0.1:{control}";\nsecure_ip = ["127.0.0.1"];\n'
        words = ["redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        beside.append(subprocess.Popen(words, stdout=subprocess.DEVNULL))
    else:
        settings["classifier-bayes.conf"] = "enabled = false;\n"
    os.makedirs(os.path.join(conf, "override.d"), exist_ok=True)
    for name, text in settings.items():
        pathlib.Path(conf, "override.d", name).write_text(text)
    words = ["rspamd", "-f", "-i", "-c", os.path.join(conf, "rspamd.conf")]
    for name, path in {"DBDIR": folder, "RUNDIR": folder, "LOGDIR": folder, "CONFDIR": conf, "LOCAL_CONFDIR": conf}.items():
        words += ["--var", f"{name}={path}"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=open(os.path.join(folder, "err"), "w"))
    for _ in range(300):
        try:
            Mta(("127.0.0.1", port)).socket.close()
            break
        except (OSError, struct.error):
            time.sleep(0.2)
    else:
        sys.exit(f"rspamd does not answer: {open(os.path.join(folder, 'err')).read()}")
    if has_bayes:
        learnt(arguments, control)
    return Filter(process, ("127.0.0.1", port), beside)


def learnt(arguments, control):
    """Trains the classifier on the earlier mails."""
    def learn(mail):
        connection = http.client.HTTPConnection("127.0.0.1", control, timeout=120)
        connection.request("POST", "/learnspam" if mail[1] else "/learnham", mail[2])
        return connection.getresponse().status

    earlier = [mail for mail in corpus(arguments.data) if mail[0] < arguments.learn_before]
    with concurrent.futures.ThreadPoolExecutor(2) as clients:
        statuses = list(clients.map(learn, earlier))
    print(json.dumps({"who": "rspamd", "learnt": statuses.count(200), "of": len(earlier)}), flush=True)


def handed_over(filter_, packets, connections):
    """Hands over every mail, by so many connections at a time; returns the seconds of each, those of CPU, those by the clock, and the answers."""
    seconds, answers, lock = [], {}, threading.Lock()

    def hand_over(first):
        mta = Mta(filter_.address)
        for number in range(first, len(packets), connections):
            took, kind = mta.mail(number, *packets[number])
            with lock:
                seconds.append(took)
                answers[kind.decode()] = answers.get(kind.decode(), 0) + 1
        mta.socket.sendall(packet(b"Q"))

    threads = [threading.Thread(target=hand_over, args=(first,)) for first in range(connections)]
    cpu, begin = filter_.cpu_seconds(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall, cpu = time.perf_counter() - begin, filter_.cpu_seconds() - cpu
    if len(seconds) != len(packets):
        sys.exit(f"{len(seconds)} of {len(packets)} mails were answered")
    return seconds, cpu, wall, answers


def figures(filter_, rounds):
    """What rounds come to together."""
    seconds = [took for round_ in rounds for took in round_[0]]
    cpu, wall = (sum(round_[at] for round_ in rounds) for at in (1, 2))
    cuts = statistics.quantiles(seconds, n=100)
    return {"mails": len(seconds), "per_second": round(len(seconds) / wall), "per_cpu_second": round(len(seconds) / cpu),
            "rounds": [round(len(round_[0]) / round_[1]) for round_ in rounds], "p50_ms": round(cuts[49] * 1e3, 2), "p99_ms": round(cuts[98] * 1e3, 2),
            "megabytes": filter_.megabytes(), "answers": rounds[-1][3]}


def main():
    parser = argparse.ArgumentParser()
    for name in ("--ringtrue", "--detector", "--data"):
        parser.add_argument(name, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--reasons", type=int, default=3)
    parser.add_argument("--learn-before", default="2002-09-01")
    arguments = parser.parse_args()
    packets = mails(arguments.data)
    with tempfile.TemporaryDirectory() as root:
        folders = [os.path.join(root, name) for name in ("rules", "bayes", "ringtrue")]
        for folder in folders:
            os.mkdir(folder)
        os.chmod(root, 0o755)
        filters = {"rspamd, rules": rspamd(arguments, folders[0], False), "rspamd, rules and Bayes": rspamd(arguments, folders[1], True),
                   "ringtrue": ringtrue(arguments, folders[2])}
        per_cpu = {}
        for connections, rounds in ((arguments.connections, arguments.rounds), (1, 1)):
            # What is made once, at the first mails, is no cost of the others.
            for filter_ in filters.values():
                handed_over(filter_, packets[:500], connections)
            # In turns, so that whatever else the machine does meets all alike.
            found = {name: [] for name in filters}
            for _ in range(rounds):
                for name, filter_ in filters.items():
                    found[name].append(handed_over(filter_, packets, connections))
            for name, filter_ in filters.items():
                told = figures(filter_, found[name])
                print(json.dumps({"who": name, "connections": connections, **told}), flush=True)
                per_cpu.setdefault(name, told["per_cpu_second"])
        for filter_ in filters.values():
            filter_.end()
    ours = per_cpu.pop("ringtrue")
    print(json.dumps({f"times {name}": round(ours / theirs, 1) for name, theirs in per_cpu.items()}))


if __name__ == "__main__":
    main()
