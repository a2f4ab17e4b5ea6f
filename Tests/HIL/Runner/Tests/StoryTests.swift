// Stories of other systems that need more than one fault: an upgrade, days without a network, many sheds.

import Climate
import Controller
import Foundation
import LocalService

enum StoryTests {
  static let all = [
    HILTest(
      "upgrade-keeps-everything",
      "B5: programs are exchanged over a log of the first version: configuration, stage and old samples stay", upgrade),
    HILTest(
      "refused-configuration", "B5: a configuration that cannot be used changes nothing; the one before is kept",
      refused),
    HILTest(
      "one-file-many-sheds", "B14: a file is a shed: the same anywhere; an output that is still used cannot be deleted",
      manySheds),
    HILTest(
      "backlog-reaches-county",
      "B8, B9: four minutes in the dark, a power cut in it, a county that hangs: each sample arrives once, with its time",
      needs: [.county, .loggedDisk], backlog),
  ]

  private static let installed = "/etc/bombyx/bombyx.toml /etc/bombyx/guardian.table"

  private static func checksums(_ rig: Rig) throws -> String { try rig.board.shell("sha256sum \(installed)") }

  // MARK: B5

  private static func upgrade(_ rig: Rig) throws {
    var plan = ShedPlan()
    plan.zone = """
      recipe = "silkworm-bivoltine"
      temperature = { control = "hysteresis", heat = ["heater"], cool = ["exhaust"] }
      """
    try rig.begin(plan)
    try rig.startHeating()
    try rig.board.shell("bombyx recipe start shed instar-3")
    try rig.status("the stage is known") { $0.zones.first?.stage?.stage == "instar-3" }
    try rig.pass(.seconds(15))
    let before = try checksums(rig)
    try stop(rig)
    let (old, value) = (500, 18.25)
    try makeFirstLog(rig, samples: old, value: value)

    // As a package does it: each new file takes the place of the old one in one step.
    rig.shed.note("programs exchanged")
    try rig.board.shell(
      """
      cd /usr/libexec/bombyx
      for name in \(Rig.guardian) \(Rig.controller); do cp $name $name.new && mv $name.new $name || exit 1; done
      """)
    let begin = try rig.now()
    try rig.startGuardian()
    // Interrupted at any moment of the log's conversion.
    for milliseconds in [50, 300, 900] {
      try rig.startController()
      try rig.pass(.milliseconds(milliseconds))
      _ = try rig.board.run("killall -KILL \(Rig.controller)")
    }
    try rig.startController()
    try rig.pass(until: "the heater is on", within: .minutes(2)) { rig.shed.isOn(ShedPlan.heater) }
    let status = try rig.status("the log is written") { $0.health.journal == "ready" }
    try require(
      status.zones.first?.stage?.stage == "instar-3", "the stage is \(status.zones.first?.stage?.stage ?? "lost")")
    try require(
      !status.alarms.contains { $0.kind == .journalQuarantined && $0.isPresent }, "the old log was put aside")
    let samples = try JSONDecoder().decode(
      [SampleMessage].self, from: Data(try rig.board.shell("bombyx log north.temperature --last 5000 --json").utf8))
    let found = samples.count { $0.value == value && $0.quality == "good" }
    try require(found == old, "\(found) of \(old) samples of the earlier version can be read")
    try require(Set(samples.map(\.time)).count >= old, "the samples of the earlier version have lost their times")
    try require(try checksums(rig) == before, "the upgrade changed the configuration")
    let on = rig.shed.changes(of: ShedPlan.heater, since: begin).filter(\.isHigh)
    try require(on.count <= 2, "the heater was switched on \(on.count) times")
    rig.say("\(found) samples of the first version, stage \(status.zones.first?.stage?.stage ?? "")")
  }

  private static func stop(_ rig: Rig) throws {
    for name in [Rig.controller, Rig.guardian] {
      try rig.signal(name, "TERM")
      try rig.pass(until: "\(name) has gone", step: .milliseconds(50)) { try !rig.isRunning(name) }
    }
    try require(!rig.shed.isOn(ShedPlan.heater), "the heater is on without a guardian")
  }

  /// Puts a log in the place of that on the board: of the first version, with samples of its own and the memory of the present one.
  private static func makeFirstLog(_ rig: Rig, samples: Int, value: Double) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("first-log-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try take("/var/lib/bombyx/bombyx.db", from: rig, to: folder.appendingPathComponent("today.db"))
    let first = folder.appendingPathComponent("first.db")
    let made = try HostProgram.run(
      "python3",
      [
        rig.root.appendingPathComponent("Tests/HIL/Guest/first-log.py").path,
        "--today", folder.appendingPathComponent("today.db").path, "--samples", "\(samples)", "--value", "\(value)",
        "--channel", "north.temperature", "--output", first.path,
      ])
    try require(made.code == 0, "a log of the first version: \(made.output)")
    // What the memory of the moment holds goes as well: the stage is to come from the log.
    try rig.board.shell("rm -f /var/lib/bombyx/bombyx.db* /run/bombyx/memory.json")
    let data = try Data(contentsOf: first).base64EncodedString()
    try rig.board.shell(
      "echo \(data) | base64 -d > /var/lib/bombyx/bombyx.db && chown bombyx:bombyx /var/lib/bombyx/bombyx.db")
  }

  /// Takes a file from the board.
  private static func take(_ path: String, from rig: Rig, to file: URL) throws {
    let text = try rig.board.shell("base64 -w 0 \(path)").trimmingCharacters(in: .whitespacesAndNewlines)
    guard let data = Data(base64Encoded: text), !data.isEmpty else { throw HILError("\(path) cannot be taken") }
    try data.write(to: file)
  }

  private static func refused(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    let (begin, before) = (try rig.now(), try checksums(rig))
    // A word of another version, a file cut short, nothing at all.
    let text = ShedPlan().text
    for (number, wrong) in [text + "\n[climate-cloud]\nmode = \"eco\"\n", String(text.prefix(text.count / 2)), ""]
      .enumerated()
    {
      try rig.board.put(wrong, at: "/tmp/wrong.toml")
      let reply = try rig.board.run("bombyx apply /tmp/wrong.toml")
      try require(reply.code != 0, "wrong configuration \(number) was taken:\n\(reply.output)")
      try require(reply.output.contains("/tmp/wrong.toml:"), "no place is named:\n\(reply.output)")
      try require(try checksums(rig) == before, "wrong configuration \(number) changed what is installed")
    }
    try rig.pass(.seconds(5))
    try require(rig.shed.changes(of: ShedPlan.heater, since: begin).isEmpty, "it switched the heater")

    // One that can be used and is not wanted: the one before it brings everything back.
    var cold = ShedPlan()
    cold.zone = cold.zone.replacing("24 °C", with: "12 °C")
    try rig.board.put(cold.text, at: "/tmp/cold.toml")
    try rig.board.shell("bombyx apply /tmp/cold.toml")
    try require(try checksums(rig) != before, "the new configuration was not installed")
    try stop(rig)
    try rig.startGuardian()
    try rig.startController()
    try rig.status("it runs with the new one") { $0.health.lease == "held" }
    try rig.pass(.seconds(10))
    try require(!rig.shed.isOn(ShedPlan.heater), "it heats at 18 °C for 12 °C")
    try rig.board.shell("cp /etc/bombyx/bombyx.toml.previous /tmp/back.toml && bombyx apply /tmp/back.toml")
    try require(try checksums(rig) == before, "the one before is not what it was")
    try stop(rig)
    try rig.startHeating()
  }

  // MARK: B14

  private static func manySheds(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    let output = try rig.board.shell(
      """
      for number in 1 2 3 4 5; do
        folder=/tmp/shed$number && mkdir -p $folder
        bombyx apply /etc/bombyx/new.toml --installed $folder/bombyx.toml --table $folder/guardian.table > /dev/null || exit 1
      done
      cat /tmp/shed*/guardian.table | grep -c '^output name=heater '
      sha256sum /tmp/shed*/guardian.table /etc/bombyx/guardian.table | cut -d' ' -f1 | sort -u | wc -l
      rm -rf /tmp/shed*
      """)
    let counts = output.split(whereSeparator: \.isWhitespace)
    try require(counts == ["5", "1"], "five sheds from one file are not alike: \(counts)")

    let (begin, before) = (try rig.now(), try checksums(rig))
    var plan = ShedPlan()
    plan.outputs.removeFirst()
    try rig.board.put(plan.text, at: "/tmp/deleted.toml")
    let reply = try rig.board.run("bombyx apply /tmp/deleted.toml")
    try require(reply.code != 0 && reply.output.contains("\"heater\""), "a used output was deleted:\n\(reply.output)")
    try require(try checksums(rig) == before, "what was refused changed what is installed")
    try rig.pass(.seconds(5))
    try require(rig.shed.changes(of: ShedPlan.heater, since: begin).isEmpty, "it switched the heater")

    // Deleted with all that uses it, it is no longer switched, and its line is left alone.
    plan.zone = plan.zone.replacing("heat = [\"heater\"], ", with: "")
    try rig.board.put(plan.text, at: "/tmp/deleted.toml")
    try rig.board.shell("bombyx apply /tmp/deleted.toml")
    try stop(rig)
    let restart = try rig.now()
    try rig.startGuardian()
    try rig.startController()
    let status = try rig.status("it runs without a heater") { $0.health.lease == "held" }
    try require(!status.outputs.contains { $0.name == "heater" }, "the deleted output is still there")
    try rig.pass(.seconds(10))
    try require(
      rig.shed.changes(of: ShedPlan.heater, since: restart).filter(\.isHigh).isEmpty, "the deleted heater went on")
  }

  // MARK: B8, B9

  private static func backlog(_ rig: Rig) throws {
    var plan = ShedPlan()
    plan.uplink = "broker = \"mqtt://127.0.0.1:1883\"\ndevice = \"hil\""
    try rig.begin(plan)
    try SystemTests.mountDisk(rig)
    try rig.startHeating()
    try rig.status("nobody is there") { $0.sync?.isConnected == false && $0.sync?.problem != nil }
    try rig.pass(.minutes(2))
    try require(rig.shed.changes(of: ShedPlan.heater).count == 1, "without a county the heater was switched")
    let dark = try rig.status("records wait") { backlogLane($0)?.waiting ?? 0 > 50 }
    rig.shed.note("power cut")
    try rig.board.restart()
    try rig.begin(plan)
    try SystemTests.mountDisk(rig, keeps: true)
    defer { _ = try? rig.board.run("killall -KILL bombyxd mosquitto bombyx-hub; sleep 1; umount /var/lib/bombyx /mnt") }
    // A clock that runs on through the cut.
    try rig.board.shell("date -s '2026-04-01 01:00:00' > /dev/null")
    try rig.startHeating()
    try rig.pass(.minutes(2))
    let kept = try rig.status("what waited before the cut still waits") { status in
      backlogLane(status)?.newest ?? 0 > backlogLane(dark)?.newest ?? .max
    }
    try require(backlogLane(kept)?.acknowledged == 0, "acknowledged by nobody")

    let begin = try rig.now()
    try startCounty(rig)
    try rig.status("connected", within: .minutes(10)) { $0.sync?.isConnected == true }
    rig.shed.note("the broker hangs")
    try rig.board.shell("kill -STOP $(pidof mosquitto)")
    try rig.pass(.minutes(1))
    try rig.status("the lease is held") { $0.health.lease == "held" }
    try rig.board.shell("kill -CONT $(pidof mosquitto)")
    let newest = backlogLane(kept)?.newest ?? .max
    try rig.status("the county has all of it", within: .minutes(30)) { backlogLane($0)?.acknowledged ?? 0 >= newest }
    try require(rig.shed.changes(of: ShedPlan.heater, since: begin).isEmpty, "the county switched the heater")
    try rig.board.shell("killall -TERM bombyx-hub; while pidof bombyx-hub; do sleep 0.2; done")
    try checkHub(rig, newest: newest)
  }

  private static func backlogLane(_ status: StatusMessage) -> SyncLaneMessage? {
    status.sync?.lanes.first { $0.lane == "backlog" }
  }

  private static func startCounty(_ rig: Rig) throws {
    rig.shed.note("the county is there")
    try rig.board.shell(
      """
      mount -t ext4 -o ro /dev/vdb /mnt
      printf 'listener 1883 127.0.0.1\\nallow_anonymous true\\npersistence false\\nuser root\\n' > /tmp/mosquitto.conf
      export LD_LIBRARY_PATH=/mnt/lib
      /mnt/bin/mosquitto -c /tmp/mosquitto.conf > /tmp/mosquitto.log 2>&1 < /dev/null &
      sleep 1
      /mnt/bin/bombyx-hub run --broker mqtt://127.0.0.1:1883 --sqlite /tmp/hub.db > /tmp/hub.log 2>&1 < /dev/null &
      sleep 2
      pidof mosquitto bombyx-hub > /dev/null || cat /tmp/mosquitto.log /tmp/hub.log
      """)
  }

  /// Every sample once, none with the time of another of its channel, and none later than now or from before there was a shed.
  private static func checkHub(_ rig: Rig, newest: Int64) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("hub-\(getpid()).db")
    defer { try? FileManager.default.removeItem(at: file) }
    try take("/tmp/hub.db", from: rig, to: file)
    let said = try HostProgram.run("python3", ["-c", hubQuestions, file.path])
    let numbers = said.output.split(whereSeparator: \.isWhitespace).compactMap { Int64($0) }
    try require(said.code == 0 && numbers.count == 4, "the hub's database: \(said.output)")
    let (rows, last, doubled, hours) = (numbers[0], numbers[1], numbers[2], numbers[3])
    try require(rows == last && last >= newest, "\(rows) samples up to \(last), where the log had \(newest)")
    try require(doubled == 0, "\(doubled) samples have the time of another")
    try require(hours == 2, "samples of \(hours) hours instead of two")
    rig.say("\(rows) samples reached the county, each once")
  }

  private static let hubQuestions = """
    import sqlite3, sys
    ask = lambda sql: sqlite3.connect(sys.argv[1]).execute(sql).fetchone()[0]
    print(ask("SELECT count(*) FROM sample"), ask("SELECT max(seq) FROM sample"),
          ask("SELECT count(*) FROM (SELECT 1 FROM sample GROUP BY channel, wall HAVING count(*) > 1)"),
          ask("SELECT count(DISTINCT wall / 3600000) FROM sample"))
    """
}
