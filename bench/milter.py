#!/usr/bin/env python3
"""Mails by milter: ringtrue beside Rspamd, the same mails by the same client in one run.

    python3 bench/milter.py --ringtrue target/release/ringtrue --detector out/detector --data DIR [--rounds 5]

Rspamd 3.x is Debian's package, with its worker `rspamd_proxy` scanning by itself as its makers advise for milter. What asks the network or DNS
is off, and so is Redis, and with it the Bayes classifier: it does less than in the field. ringtrue logs and syncs each verdict before it tells it, and
keeps the mails for replay. Each filter gets every mail `--rounds` times, by `--connections` at a time; then once more, one after the other, for the
time of a mail. CPU is that of the filter's processes, the client's is not counted. What is asked is told to each as Postfix does, in as
many round trips as the filter asks for.
"""
import argparse, base64, gzip, json, os, pathlib, re, shutil, signal, socket, statistics, struct, subprocess, sys, tempfile, threading, time

OFF = """rbl surbl dkim_signing fuzzy_check asn spf dkim dmarc arc greylist ratelimit antivirus external_services url_redirector emails mx_check neural
reputation history_redis clickhouse elastic metadata_exporter replies bimi known_senders once_received hfilter rspamd_update bayes_expiry aws_s3 phishing""".split()
OFFER = struct.pack(">III", 6, 0x1FF, 0x1FFFFF)
# Whether a step is not sent, and whether it is not answered, as bits of what the filter asked for.
CONNECT, HELO, MAIL, RCPT, DATA = (0x1, 0x1000), (0x2, 0x2000), (0x4, 0x4000), (0x8, 0x8000), (0x200, 0x10000)
HEADER, END, BODY = (0x20, 0x80), (0x40, 0x40000), (0x10, 0x80000)
PIECE = 65535


def packet(command, content=b""):
    return struct.pack(">I", len(content) + 1) + command + content


def mails(data):
    """The mails of SpamAssassin's corpus as packets: one a header, one a piece of the body."""
    path = next(pathlib.Path(data).rglob("email_spamassassin_2002.jsonl.gz"))
    found = []
    for line in gzip.open(path, "rt", encoding="utf-8"):
        mail = json.loads(line)
        raw = base64.b64decode(mail["raw"]) if mail["enc"] == "base64" else mail["raw"].encode()
        if raw.startswith(b"From "):
            raw = raw.partition(b"\n")[2]
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
    """A filter's processes."""

    def __init__(self, process, address):
        self.process, self.address = process, address

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
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


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


def rspamd(arguments, folder):
    os.chmod(folder, 0o755)
    conf, port = os.path.join(folder, "etc"), free_port()
    shutil.copytree("/etc/rspamd", conf)
    settings = {f"{name}.conf": "enabled = false;\n" for name in OFF}
    settings |= {f"worker-{name}.inc": "enabled = false;\n" for name in ("normal", "controller", "fuzzy")}
    settings["worker-proxy.inc"] = (f'bind_socket = "127.0.0.1:{port}";\nmilter = yes;\ncount = {os.cpu_count()};\ntimeout = 120s;\n'
                                    'upstream "local" { default = yes; self_scan = yes; }\n')
    settings["classifier-bayes.conf"] = "enabled = false;\n"
    settings["statistic.conf"] = "classifier \"bayes\" { enabled = false; }\n"
    # Nobody answers at this address, and nothing asks it.
    settings["options.inc"] = ('dns { nameserver = ["127.0.0.1:9"]; timeout = 0.1s; retransmits = 1; }\nfilters = "chartable,regexp";\n'
                               f'tempdir = "{folder}";\npidfile = "{folder}/rspamd.pid";\nmap_watch_interval = 1d;\ncheck_all_filters = false;\n')
    settings["logging.inc"] = f'type = "file"; filename = "{folder}/rspamd.log"; level = "error";\n'
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
            return Filter(process, ("127.0.0.1", port))
        except (OSError, struct.error):
            time.sleep(0.2)
    sys.exit(f"rspamd does not answer: {open(os.path.join(folder, 'err')).read()}")


def measured(filter_, packets, rounds, connections):
    """Hands over every mail so often, by so many connections at a time."""
    seconds, answers, lock = [], {}, threading.Lock()

    def hand_over(first):
        mta = Mta(filter_.address)
        for number in range(first, rounds * len(packets), connections):
            took, kind = mta.mail(number, *packets[number % len(packets)])
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
    if len(seconds) != rounds * len(packets):
        sys.exit(f"{len(seconds)} of {rounds * len(packets)} mails were answered")
    cuts = statistics.quantiles(seconds, n=100)
    return {"mails": len(seconds), "per_second": round(len(seconds) / wall), "per_cpu_second": round(len(seconds) / cpu), "p50_ms": round(cuts[49] * 1e3, 2),
            "p99_ms": round(cuts[98] * 1e3, 2), "megabytes": filter_.megabytes(), "answers": answers}


def main():
    parser = argparse.ArgumentParser()
    for name in ("--ringtrue", "--detector", "--data"):
        parser.add_argument(name, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--reasons", type=int, default=3)
    arguments = parser.parse_args()
    packets = mails(arguments.data)
    per_cpu = {}
    for name, start in (("rspamd", rspamd), ("ringtrue", ringtrue)):
        with tempfile.TemporaryDirectory() as folder:
            filter_ = start(arguments, folder)
            # What is made once, at the first mails, is no cost of the others.
            measured(filter_, packets[:500], 1, arguments.connections)
            loaded = measured(filter_, packets, 1 if name == "rspamd" else arguments.rounds, arguments.connections)
            print(json.dumps({"who": name, "connections": arguments.connections, **loaded}), flush=True)
            print(json.dumps({"who": name, "connections": 1, **measured(filter_, packets, 1, 1)}), flush=True)
            per_cpu[name] = loaded["per_cpu_second"]
            filter_.end()
    print(json.dumps({"times": round(per_cpu["ringtrue"] / per_cpu["rspamd"], 1)}))


if __name__ == "__main__":
    main()
