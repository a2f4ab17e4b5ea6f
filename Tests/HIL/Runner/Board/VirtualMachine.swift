// A guest of QEMU: the processor is emulated, its clock counts instructions and jumps over idleness.

import Foundation
import Platform

/// Processor architectures of guests.
enum GuestArchitecture: String, CaseIterable {
  case amd64, arm64
}

/// A guest, with its bus and lines in the hands of this process.
///
/// `-icount` makes the guest's clock a function of the instructions carried out; `sleep=off` lets it jump to the next timer when all
/// processes wait. So a loaded machine makes a test slower, never different in what its clock says.
final class VirtualMachine: Board {
  /// Where the image is, and what differs between guests.
  struct Options {
    var architecture = GuestArchitecture.amd64
    /// The folder with kernel, root and product archives.
    var image: URL
    /// Where sockets, console and disk of this run are.
    var directory: URL
    /// Longest time that a command may take on this machine's clock, s.
    var patience = 600.0
    var county: URL { image.appendingPathComponent("county.img") }
  }

  let title: String
  let abilities: Set<BoardAbility>
  let chip: GuestLines
  /// The stock GPIO controller of an arm64 guest, in which no shed's relays end.
  let pl061: PL061Lines?
  /// Where the guest's disk and the log of its writes are.
  var disk: URL { options.directory.appendingPathComponent("disk.img") }
  var diskLog: URL { options.directory.appendingPathComponent("disk.log") }
  var console: URL { options.directory.appendingPathComponent("console.log") }

  private static let decoyLines = 4
  private static let chipLines = 58
  /// Without the string instructions that copy byte by byte: emulated, they are slow, and the kernel would use them for all of its copies.
  private static let processor = "max,-erms,-fsrm"
  private let options: Options
  /// A disk with a broker and a hub.
  private let county: URL?
  private var servers: [VhostServer] = []
  private let listener: FileDescriptor
  private var process: Process?
  private var connection: Int32 = -1
  private var received: [UInt8] = []
  private var commands = 0

  /// A guest that is switched on.
  init(_ options: Options, shed: SimulatedShed) throws {
    self.options = options
    chip = GuestLines(count: Self.chipLines, shed: shed)
    title = "QEMU, \(options.architecture.rawValue)"
    try FileManager.default.createDirectory(at: options.directory, withIntermediateDirectories: true)
    pl061 = options.architecture == .arm64 ? try PL061Lines(in: options.directory) : nil
    county = FileManager.default.fileExists(atPath: options.county.path) ? options.county : nil
    var abilities: Set<BoardAbility> = [
      .virtualTime, .bothReleases, .replugging, .loggedDisk, .sensorDriver, .quickQuestions, .greedyController,
    ]
    if pl061 != nil { abilities.insert(.pl061) }
    if county != nil { abilities.insert(.county) }
    self.abilities = abilities
    func path(_ name: String) -> String { options.directory.appendingPathComponent(name).path }
    listener = try UnixSocket.listen(at: path("agent.sock"), kind: .stream, mode: 0o600)
    servers = [
      try VhostServer(path: path("decoy.sock"), device: GuestLines(count: Self.decoyLines, shed: nil)),
      try VhostServer(path: path("lines.sock"), device: chip),
      try VhostServer(path: path("bus.sock"), device: GuestAdapter(shed)),
    ]
    try makeDisk()
    try start()
  }

  deinit { stop() }

  /// Switches the guest off.
  func stop() {
    endProcess()
    for server in servers { server.stop() }
    servers = []
  }

  func restart() throws {
    endProcess()
    try start()
  }

  /// Lets the guest stand still while something else is done, which then has its processor.
  func whileFrozen<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard let process, process.isRunning else { return try body() }
    kill(process.processIdentifier, SIGSTOP)
    defer { kill(process.processIdentifier, SIGCONT) }
    return try body()
  }

  private func endProcess() {
    if let process, process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    process = nil
    pl061?.disconnect()
    if connection >= 0 { close(connection) }
    connection = -1
    received = []
  }

  // MARK: QEMU

  /// A disk of 48 MB with a file system of 40: behind it is room for marks.
  private func makeDisk() throws {
    _ = FileManager.default.createFile(atPath: disk.path, contents: nil)
    let file = try FileHandle(forWritingTo: disk)
    try file.truncate(atOffset: 48 << 20)
    try file.close()
    let made = try HostProgram.run("mkfs.ext4", ["-q", "-F", "-b", "4096", disk.path, "40M"])
    try require(made.code == 0, "make a file system: \(made.output)")
  }

  private func start() throws {
    try? FileManager.default.removeItem(at: diskLog)
    _ = FileManager.default.createFile(atPath: diskLog.path, contents: nil)
    let process = Process()
    let (program, machine, console) =
      options.architecture == .amd64
      ? ("qemu-system-x86_64", ["-machine", "pc,memory-backend=memory", "-cpu", Self.processor], "ttyS0")
      : ("qemu-system-aarch64", ["-machine", "virt,memory-backend=memory", "-cpu", "cortex-a53"], "ttyAMA0")
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // It ends with this process, however that ends.
    process.arguments = ["setpriv", "--pdeathsig", "KILL", program] + machine + arguments(console: console)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    self.process = process
    try accept()
    let hello = try line()
    try require(hello.hasPrefix("ready"), "the guest says: \(hello)")
    try pl061?.connect()
  }

  private func arguments(console: String) -> [String] {
    func path(_ name: String) -> String { options.directory.appendingPathComponent(name).path }
    let image = options.image
    var words = [
      "-accel", "tcg", "-icount", "shift=1,sleep=off", "-rtc", "base=2026-04-01T00:00:00,clock=vm",
      "-m", "1536M", "-object", "memory-backend-memfd,id=memory,size=1536M,share=on",
      "-display", "none", "-nodefaults", "-no-reboot", "-serial", "file:\(self.console.path)",
      "-kernel", image.appendingPathComponent("vmlinux").path,
      "-initrd", image.appendingPathComponent("initrd.cpio").path,
      "-append",
      [
        "console=\(console) panic=-1 quiet preempt=full mitigations=off cryptomgr.notests rodata=off",
        "hil.gpio-virtio=interrupts=1,label=pinctrl-bcm2711 hil.i2c-virtio=bus_number=1",
      ].joined(separator: " "),
      "-device", "virtio-serial-pci", "-device", "virtserialport,chardev=agent",
      "-chardev", "socket,id=agent,path=\(path("agent.sock"))",
      // This machine's disk is not waited for: while it worked, the idle guest's clock would jump over seconds, or minutes if it is slow.
      // Power cuts lose nothing by it: they are made from the log, and the guest's flushes are written there all the same.
      "-blockdev", "driver=file,node-name=file,filename=\(disk.path),cache.no-flush=on",
      "-blockdev", "driver=raw,node-name=raw,file=file",
      "-blockdev", "driver=file,node-name=log,filename=\(diskLog.path),cache.no-flush=on",
      "-blockdev", "driver=blklogwrites,node-name=logged,file=raw,log=log,log-super-update-interval=1",
      "-device", "virtio-blk-pci,drive=logged",
    ]
    for (name, device) in [
      ("decoy", "vhost-user-gpio-pci"), ("lines", "vhost-user-gpio-pci"), ("bus", "vhost-user-i2c-pci"),
    ] {
      words += ["-chardev", "socket,id=\(name),path=\(path("\(name).sock"))", "-device", "\(device),chardev=\(name)"]
    }
    if pl061 != nil { words += PL061Lines.arguments(in: options.directory) }
    if let county {
      words += [
        "-blockdev", "driver=raw,node-name=county,read-only=on,file.driver=file,file.filename=\(county.path)",
        "-device", "virtio-blk-pci,drive=county",
      ]
    }
    return words
  }

  // MARK: The agent

  private func accept() throws {
    try awaitInput(listener.number)
    connection = Glibc.accept(listener.number, nil, nil)
    try require(connection >= 0, "accept the guest's agent")
  }

  /// Waits until something can be read, or QEMU has ended.
  private func awaitInput(_ descriptor: Int32) throws {
    let deadline = MonotonicTime.now() + Int64(options.patience * 1e9)
    while MonotonicTime.now() < deadline {
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      if poll(&wait, 1, 500) > 0 { return }
      try require(process?.isRunning ?? false, "QEMU has ended; its guest's last words:\n\(lastWords)")
    }
    throw HILError("the guest does not answer; its last words:\n\(lastWords)")
  }

  private var lastWords: String {
    let text = (try? String(contentsOf: console, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").suffix(15).joined(separator: "\n")
  }

  private func line() throws -> String {
    while true {
      if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
        defer { received.removeFirst(end + 1) }
        return String(decoding: received[..<end], as: UTF8.self)
      }
      try awaitInput(connection)
      var part = [UInt8](repeating: 0, count: 65_536)
      let count = read(connection, &part, part.count)
      try require(count > 0, "the guest's agent is gone; last words:\n\(lastWords)")
      received += part[..<count]
    }
  }

  func run(_ command: String) throws -> Reply {
    commands += 1
    let message = "\(commands) \(Data(command.utf8).base64EncodedString())\n"
    var rest = Array(message.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      try require(count > 0, "the guest's agent takes no commands")
      rest = rest.dropFirst(count)
    }
    while true {
      let words = try line().split(separator: " ").map(String.init)
      guard words.count >= 2, words[0] == "\(commands)", let code = Int(words[1]) else { continue }
      let data = words.count > 2 ? Data(base64Encoded: words[2]) ?? Data() : Data()
      return Reply(code: code, output: String(decoding: data, as: UTF8.self))
    }
  }
}
