#!/usr/bin/env python3
"""Sends readings that wait in SQLite to a broker, as people write it: one JSON message a value over paho-mqtt, QoS 1, and a row is deleted
when the broker has acknowledged it.

Prints how many rows went, the seconds from the first to the last acknowledgement, and the CPU seconds of that time.
"""

import argparse
import json
import sqlite3
import time

import paho.mqtt.client as mqtt

WINDOW = 200
PAGE = 500


def fill(connection, rows):
    connection.execute("CREATE TABLE outbox (id INTEGER PRIMARY KEY, time REAL, channel TEXT, value REAL)")
    begin = time.time() - rows / 8
    connection.executemany(
        "INSERT INTO outbox (time, channel, value) VALUES (?, ?, ?)",
        ((begin + number // 8, f"probe-{number % 8}", round(24 + 0.01 * (number % 37), 2)) for number in range(rows)))
    connection.commit()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--database", required=True)
    arguments = parser.parse_args()
    connection = sqlite3.connect(arguments.database)
    fill(connection, arguments.rows)

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="shed")
    client.max_inflight_messages_set(WINDOW)
    client.connect("127.0.0.1", arguments.port)
    client.loop_start()
    begin, used = time.monotonic(), time.process_time()
    sent = 0
    while rows := connection.execute("SELECT * FROM outbox ORDER BY id LIMIT ?", (PAGE,)).fetchall():
        messages = [
            client.publish("shed/readings", json.dumps({"ts": when, "channel": channel, "value": value}), qos=1)
            for _, when, channel, value in rows]
        for message in messages:
            message.wait_for_publish()
        connection.execute("DELETE FROM outbox WHERE id <= ?", (rows[-1][0],))
        connection.commit()
        sent += len(rows)
    print(sent, time.monotonic() - begin, time.process_time() - used)
    client.loop_stop()


if __name__ == "__main__":
    main()
