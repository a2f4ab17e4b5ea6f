// The guardian as a process: lines, socket, clock and watchdog around the core.

import CLinux
import Glibc
import Platform

/// How the guardian is started.
public struct GuardianOptions: Sendable {
  /// Path of the table that `bombyx apply` has written.
  public var table: String
  /// Path of the socket to listen at.
  public var socket: String
  /// User whose frames are accepted, besides root.
  public var controllerUser: UInt32

  /// Options from their parts.
  public init(table: String, socket: String, controllerUser: UInt32) {
    self.table = table
    self.socket = socket
    self.controllerUser = controllerUser
  }
}

/// The guardian as a process.
///
/// One thread, one loop: wait for a frame or the next cycle, ask the core, set all lines, read them back, toggle the alive line,
/// tell the watchdog, answer the controller. Nothing in the loop allocates unless something has changed that must be logged.
public struct GuardianService: ~Copyable {
  /// Time between cycles without frames, ms: five a second where an alive line feeds a charge pump, which wants edges.
  private static let pumpingCycleTime: Int64 = 200
  /// And where none does: every frame is a cycle, and a controller that is late gets one of ours; twice a second without a lease, and at
  /// the end of the lease to the millisecond.
  private static let leasedCycleTime: Int64 = 1_200
  private static let cycleTime: Int64 = 500
  private static let retryTime: Int64 = 1_000

  private var core: GuardianCore
  private var lines: OutputLines
  private var alive: AlivePin
  private let isPumping: Bool
  private var socket: LeaseSocket
  private let stop: FileDescriptor
  private let manager: ServiceManager
  private var lastLease = LeaseState.none
  private var lastOn: UInt32 = 0
  private var lastMismatch: UInt32 = 0
  private var hadGarbage = false

  /// Reads the table and takes all lines, in their failsafe states.
  ///
  /// A line that somebody else holds is waited for, once a second, and nothing is armed before all are ours.
  public init(_ options: GuardianOptions) throws {
    let stop = try Signals.stopDescriptor()
    let table = try Self.readTable(options.table)
    let socket = try LeaseSocket(path: options.socket, allowedUser: options.controllerUser)
    let lines = try Self.takeLines(table, stop: stop)
    // Until the lines were taken somebody else may have had an output on: its rest begins here.
    let core = GuardianCore(table: table, now: Self.now())
    let alive = try AlivePin(table.aliveLine)
    self.core = core
    self.stop = stop
    self.socket = socket
    self.lines = lines
    isPumping = table.aliveLine != nil
    self.alive = alive
    manager = ServiceManager()
    ProgramText.releaseUnused()
    // Pages that had to be read back from a worn card would hold the loop up.
    // What has been used once stays; the parts of the runtime that a guardian never uses need no memory.
    if mlockall(Int32(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) != 0 {
      Console.log("memory is not locked: ", SystemError.last("mlockall").reason)
    }
    manager.ready()
    Console.log("armed-safe: ", "\(table.outputs.count) outputs, table \(String(core.tableHash, radix: 16))")
  }

  /// Runs until the process is asked to stop, then puts every output in its failsafe state.
  public mutating func run() {
    var nextCycle = Self.now()
    while true {
      let arrivals = wait(until: nextCycle)
      if arrivals.isStop { break }
      if arrivals.isConnection, let user = socket.acceptController() {
        Console.log("refused a controller of user ", "\(user)")
      }
      var answered = false
      // A controller that sends more than one frame a cycle is answered for each; a flood waits for the next cycle.
      arrivals: for _ in 0..<4 {
        switch nextArrival() {
        case .frame(let frame): cycle(frame)
        case .end: endLease()
        case .nothing, .garbage: break arrivals
        }
        answered = true
      }
      let now = Self.now()
      if !answered, now >= nextCycle { cycle(nil) }
      if answered || now >= nextCycle { nextCycle = cycleAfter(now) }
    }
    manager.stopping()
    driveFailsafe()
  }

  // MARK: One cycle

  private mutating func cycle(_ frame: LeaseFrame?) {
    let states = core.cycle(now: Self.now(), frame: frame)
    let isSet = lines.set(states)
    let isVerified = core.verify(readBack: isSet ? lines.readBack() : nil)
    if isVerified {
      alive.toggle()
      manager.alive()
    }
    let status = core.status()
    if frame != nil || status.on != lastOn || status.lease != lastLease { socket.send(status) }
    logChanges(status)
  }

  private mutating func endLease() {
    core.release(at: Self.now())
    cycle(nil)
    socket.hangUp()
  }

  private func cycleAfter(_ now: Int64) -> Int64 {
    let time = core.lease == .held ? Self.leasedCycleTime : Self.cycleTime
    let next = now + (isPumping ? Self.pumpingCycleTime : time)
    return min(next, core.leaseEnd ?? next)
  }

  private mutating func nextArrival() -> LeaseSocket.Arrival {
    let arrival = socket.receive()
    if case .garbage = arrival, !hadGarbage {
      hadGarbage = true
      Console.log("ignored a message that is no lease frame", "")
    }
    return arrival
  }

  private mutating func logChanges(_ status: StatusFrame) {
    if status.lease != lastLease { Console.log("lease: ", "\(status.lease)") }
    if status.mismatched != lastMismatch {
      Console.log("lines that do not read as set: ", "0x\(String(status.mismatched, radix: 16))")
    }
    (lastLease, lastOn, lastMismatch) = (status.lease, status.on, status.mismatched)
  }

  private func wait(until next: Int64) -> (isStop: Bool, isConnection: Bool) {
    let (listener, connection) = socket.descriptors
    let wait = max(0, next - Self.now())
    return withUnsafeTemporaryAllocation(of: pollfd.self, capacity: 3) { waits in
      waits[0] = pollfd(fd: stop.number, events: Int16(POLLIN), revents: 0)
      waits[1] = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
      waits[2] = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
      guard poll(waits.baseAddress, 3, Int32(clamping: wait)) > 0 else { return (false, false) }
      return (waits[0].revents != 0, waits[1].revents != 0)
    }
  }

  private func driveFailsafe() {
    _ = lines.set(core.failsafeLines())
    Console.log("stopped: ", "outputs are in failsafe")
  }

  // MARK: Start

  static func now() -> Int64 { MonotonicTime.now() / 1_000_000 }

  static func readTable(_ path: String) throws -> GuardianTable {
    let text = try TextFile.read(path, limit: 64 * 1024)
    do throws(GuardianTableError) {
      return try GuardianTable(text: text)
    } catch {
      throw GuardianTableError(line: error.line, problem: "\(path): \(error.problem)")
    }
  }

  private static func takeLines(_ table: GuardianTable, stop: borrowing FileDescriptor) throws -> OutputLines {
    var hasComplained = false
    while true {
      do throws(SystemError) {
        var opening = GuardianCore(table: table, now: now())
        return try OutputLines(table: table, initial: opening.initialLines(now: now()))
      } catch {
        guard error.code == EBUSY || error.code == ENOENT else { throw error }
        if !hasComplained { Console.log("not armed, trying again every second: ", error.description) }
        hasComplained = true
      }
      var wait = pollfd(fd: stop.number, events: Int16(POLLIN), revents: 0)
      if poll(&wait, 1, Int32(retryTime)) > 0 { throw SystemError("wait for the lines", code: EINTR) }
    }
  }
}
