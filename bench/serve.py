#!/usr/bin/env python3
"""What a server takes: one URL a request, 1,000 a request, and kills at random moments.

    python3 bench/serve.py --ringtrue target/release/ringtrue --detector out/detector --events events.csv [--kills 200] [--idle 10000]

`wrk` asks on the same machine: 64 connections with one URL a request, 8 with 1,000. Every verdict is logged and synced before it is
told. After each kill the log must open, and hold each verdict that was told, under its name; what it holds is asked of the next server.
"""
import argparse, csv, http.client, json, os, pathlib, random, re, signal, socket, struct, subprocess, sys, tempfile, threading, time

ONE = """
local urls, n = {}, 0
for line in io.lines("%s") do urls[#urls + 1] = line end
request = function()
  n = n %% #urls + 1
  return wrk.format("POST", "/v1/score", {["content-type"] = "text/plain"}, urls[n])
end
"""
MANY = """
local urls = {}
for line in io.lines("%s") do urls[#urls + 1] = line; if #urls == 1000 then break end end
local body = table.concat(urls, "\\n")
request = function() return wrk.format("POST", "/v1/score", {["content-type"] = "text/plain"}, body) end
"""


class Server:
    def __init__(self, arguments, log, more=()):
        words = [arguments.ringtrue, "serve", "--unsigned", "--json", "--listen", "127.0.0.1:0", "--log", log, "--detector", arguments.detector, *more]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = json.loads(self.process.stdout.readline())["listening"]

    def megabytes(self):
        text = open(f"/proc/{self.process.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024

    def cpu_seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()


def wrk(server, script, connections, seconds):
    before = server.cpu_seconds()
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script, f"http://{server.address}"]
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    found = lambda pattern: re.search(pattern, text)[1]
    return {"requests_per_second": float(found(r"Requests/sec:\s+([\d.]+)")), "p50": found(r"\n\s+50%\s+(\S+)"), "p99": found(r"\n\s+99%\s+(\S+)"),
            "errors": "Non-2xx" in text or "Socket errors" in text, "cpu_seconds": round(server.cpu_seconds() - before, 1), "megabytes": round(server.megabytes())}


def asked(address, urls, told):
    """Asks until the server is gone; adds the names of verdicts that were told."""
    try:
        connection = http.client.HTTPConnection(address, timeout=10)
        while True:
            connection.request("POST", "/v1/score", random.choice(urls), {"content-type": "text/plain"})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status == 200:
                told.append(json.loads(body)["verdict"])
    except (OSError, http.client.HTTPException, ValueError):
        return


def names(log):
    """Reads the names of all verdicts of a log that was not sealed: marker 4, length 4, checksum 8, then number 8, group 8, time 8, payload."""
    found = set()
    for path in sorted(pathlib.Path(log).glob("*.log")):
        data, at = path.read_bytes(), 0
        while at < len(data):
            marker, length = struct.unpack_from("<4sI", data, at)
            body = data[at + 16: at + 16 + length]
            if marker == b"RTLP":
                number = struct.unpack_from("<Q", body)[0]
                event = json.loads(body[24:].split(b"\n")[0])["event"]
                found.add(f"{number:016x}{(event or '0' * 16)[:16]}")
            at += 16 + length
    return found


def kills(arguments, urls, folder):
    log, told, lost = os.path.join(folder, "kills"), [], 0
    for number in range(arguments.kills):
        server = Server(arguments, log)
        # What was told before the last kill, asked of the log that was opened again.
        connection = http.client.HTTPConnection(server.address)
        for verdict in random.sample(told[-200:], min(20, len(told))) if told else []:
            connection.request("GET", f"/v1/verdicts/{verdict}")
            answer = connection.getresponse()
            answer.read()
            lost += answer.status != 200
        clients = [threading.Thread(target=asked, args=(server.address, urls, told)) for _ in range(4)]
        for client in clients:
            client.start()
        time.sleep(random.uniform(0.005, 0.4))
        server.end(signal.SIGKILL)
        for client in clients:
            client.join()
    # It opens once more; then its bytes are read here, not by the program.
    Server(arguments, log).end()
    logged = names(log)
    lost += sum(verdict not in logged for verdict in told)
    return {"kills": arguments.kills, "told": len(told), "lost": lost}


def idle(arguments, folder, script):
    """Asks while so many connections are open of which nothing is heard."""
    count = arguments.idle
    config = pathlib.Path(folder, "idle.toml")
    config.write_text(f"[bounds]\nconnections = {count + 200}\nhead_seconds = 600\n")
    server = Server(arguments, f"{folder}/idle", ["--config", str(config)])
    host, port = server.address.rsplit(":", 1)
    before = server.megabytes()
    open_ones = [socket.create_connection((host, int(port))) for _ in range(count)]
    found = wrk(server, script, 64, arguments.seconds)
    for one in open_ones:
        one.close()
    server.end()
    return {"idle": count, "megabytes_before": round(before), **found}


def main():
    parser = argparse.ArgumentParser()
    for name in ("--ringtrue", "--detector", "--events"):
        parser.add_argument(name, required=True)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--idle", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=10)
    arguments = parser.parse_args()
    random.seed(1)
    with open(arguments.events) as file, tempfile.TemporaryDirectory() as folder:
        urls = [row["url"] for row in csv.DictReader(file)]
        text = os.path.join(folder, "urls.txt")
        open(text, "w").write("\n".join(urls) + "\n")
        for name, script, connections in (("one URL a request", ONE, 64), ("1,000 URLs a request", MANY, 8)):
            path = os.path.join(folder, "script.lua")
            open(path, "w").write(script % text)
            server = Server(arguments, os.path.join(folder, f"log-{connections}"))
            print(json.dumps({"what": name, **wrk(server, path, connections, arguments.seconds)}), flush=True)
            server.end()
        if arguments.idle:
            open(path, "w").write(ONE % text)
            print(json.dumps({"what": "one URL a request beside idle connections", **idle(arguments, folder, path)}), flush=True)
        if arguments.kills:
            figures = kills(arguments, urls, folder)
            print(json.dumps({"what": "kills at random moments", **figures}))
            sys.exit(figures["lost"] > 0)


if __name__ == "__main__":
    main()
