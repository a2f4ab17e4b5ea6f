// The service manager, the watchdog and the mains of a run.

import Climate
import Configuration
import Guardian
import Simulator

extension ScenarioWorld {
  /// Starts what is due, ends what hangs, lets the power come back.
  mutating func runProcesses() {
    if let until = powerOffUntil {
      contacts.exemptFans(at: now)
      guard now >= until else { return }
      bootDevice()
    }
    runGuardianProcess()
    runControllerProcess()
  }

  // MARK: Power

  mutating func cutPower(until: Int64) {
    if relays.live & heaters != 0 { result.situations.reach(.powerCutWithHeaterOn) }
    if isWatering { result.situations.reach(.powerCutWhileWatering) }
    powerOffUntil = until
    controller.die(until: .max)
    guardianState = .dead(until: .max)
    helperAt = nil
    frame = nil
    relays.lines = 0
    relays.hasPower = false
    contacts.exemptFans(at: now)
    fineUntil = max(fineUntil, until + Self.after)
  }

  private mutating func bootDevice() {
    powerOffUntil = nil
    relays.hasPower = true
    machineBoots += 1
    // A kernel and a service manager take some seconds.
    let boot = Self.second * (5 + Int64(generator.next() % 15))
    guardianState = .dead(until: now + boot)
    controller.die(until: now + boot + Self.second * Int64(generator.next() % 4))
    contacts.exemptFans(at: now)
    watch.hasBooted(at: now)
  }

  // MARK: Guardian

  mutating func killGuardian() {
    guard guardianState.isAlive else { return }
    if relays.live & heaters != 0 { result.situations.reach(.guardianDeadWithHeaterOn) }
    guardianStoppedAt = now
    guardianState = .dead(until: now + Self.second)
    relays.release()
    helperAt = now + Self.cycle * Int64(generator.next() % UInt64(Self.helperTime / Self.cycle + 1))
    contacts.exemptFans(at: now)
    fineUntil = max(fineUntil, now + Self.after)
  }

  private mutating func runGuardianProcess() {
    if let helper = helperAt, now >= helper {
      // The helper takes the lines, sets what failsafe says at its first instant, and ends.
      helperAt = nil
      relays.lines = failsafe
      relays.release()
      result.situations.reach(.postStopHelper)
    }
    switch guardianState {
    case .running: break
    case .hung(let until):
      contacts.exemptFans(at: now)
      if now >= until {
        guardianState = .running
      } else if now - guardianStoppedAt >= Self.watchdog {
        result.situations.reach(.watchdogKill)
        let since = guardianStoppedAt
        killGuardian()
        guardianStoppedAt = since
      }
    case .dead(let until):
      contacts.exemptFans(at: now)
      guard now >= until else { return }
      guard now >= linesBusyUntil else {
        result.situations.reach(.linesBusyAtStart)
        guardianState = .dead(until: now + Self.second)
        return
      }
      guardian = GuardianCore(table: site.configuration.guardianTable, now: now)
      relays.lines = guardian.initialLines(now: now)
      guardianState = .running
      (guardianStartedAt, verifiedAt) = (now, now)
      (lastFrame, lastBoot, lastSequence, goodFrames) = (nil, 0, 0, 0)
      contacts.forgetStarts()
      if site.guardianIsPermissive { contacts.forgetRests() }
      fineUntil = max(fineUntil, now + Self.after)
    }
  }

  // MARK: Controller

  mutating func killController(for time: Int64) {
    guard powerOffUntil == nil, controller.state.isAlive else { return }
    watch.controllerStopped()
    controller.die(until: now + time)
    if site.guardianIsPermissive { contacts.forgetStarts() }
    fineUntil = max(fineUntil, now + time + Self.after)
  }

  private mutating func runControllerProcess() {
    switch controller.state {
    case .running:
      if now < crashesUntil, now - controller.startedAt >= 2 * Self.second { killController(for: 2 * Self.second) }
    case .hung(let until): if now >= until { controller.state = .running }
    case .dead(let until):
      guard now >= until else { return }
      if relays.live & heaters != 0 { result.situations.reach(.newLifeWithHeaterOn) }
      let isLost = controller.start(
        site, tableHash: tableHash, machineBoot: machineBoots, disk: &disk, seed: options.seed, at: now)
      if isLost {
        result.situations.reach(.databaseQuarantined)
        watch.forgetOverrides()
      }
      // What could not be written is not known: up to a second day's water may follow.
      if isLost || disk.isStale { contacts.exemptWater(at: now) }
      if isLost || disk.isStale || !disk.failing.isEmpty { boots.removeAll() }
      if countedBoot != machineBoots {
        countedBoot = machineBoots
        boots.append(poweredTime)
        poweredAt = now
      }
      watch.controllerStarted(controller, now: now, &result)
      fineUntil = max(fineUntil, now + Self.after)
    }
  }

  // MARK: What is on

  /// Whether water flows.
  var isWatering: Bool { waterBits != 0 && relays.live & waterBits == waterBits }
}

extension ProcessState {
  /// Whether there is a process, running or not.
  var isAlive: Bool { if case .dead = self { false } else { true } }
}
