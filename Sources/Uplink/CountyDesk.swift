// What becomes of the county's notes.

import Climate
import Controller
import SyncProtocol

/// Takes notes of the county in: judged, written down as taken, carried out, reported.
struct CountyDesk {
  /// How long the log may take to write down that a note was taken.
  private static let patience = Duration.seconds(30)

  private let device: DeviceName
  private let judge: NoteJudge
  private let host: any UplinkHost
  private var pending: (note: CountyNote, due: Instant)?
  private var lastReport: Reported?
  /// Version of the last note that the log knows to be taken.
  var lastTaken: Int64 = 0

  init(device: DeviceName, keys: [NoteVerifier], host: any UplinkHost) {
    (self.device, self.host) = (device, host)
    judge = NoteJudge(device: device, keys: keys)
  }

  /// Whether a note waits until the log has written down that it was taken.
  var waitsForLog: Bool { pending != nil }

  /// Takes a note in.
  /// - Returns: what became of it, if that is known already.
  mutating func take(_ message: [UInt8], isRetained: Bool, at now: Instant) -> Reported? {
    do throws(NoteRefusal) {
      // While one waits for the log, its version counts as taken.
      let last = max(lastTaken, pending?.note.desired.version ?? 0)
      let note = try judge.read(message, isRetained: isRetained, last: last, wall: host.wall())
      guard pending == nil else {
        throw NoteRefusal(
          .command, "another note is being carried out; send this one again", zh: "另一指令正在执行，请稍后重发",
          version: note.desired.version, signer: note.signer)
      }
      try host.check(note)
      host.take(desired: note.desired.version)
      pending = (note, now.advanced(by: Self.patience))
      return nil
    } catch {
      // A message may come twice: the answer is the same.
      if error.reason == .version, let version = error.version {
        if version == pending?.note.desired.version { return nil }
        if let lastReport, lastReport.version == version { return lastReport }
      }
      return report(refused: error)
    }
  }

  /// Carries out the note that waits, if the log has written down that it was taken.
  /// - Returns: what became of it, if it is done with.
  mutating func next(at now: Instant) -> Reported? {
    guard let (note, due) = pending else { return nil }
    let (version, signer) = (note.desired.version, note.signer)
    guard lastTaken >= version else {
      guard now >= due else { return nil }
      pending = nil
      return report(
        refused: NoteRefusal(
          .journal, "the log cannot be written, and the note might be carried out twice", zh: "记录无法写入，指令可能被重复执行",
          version: version, signer: signer))
    }
    pending = nil
    do throws(NoteRefusal) {
      let bundle = try host.carryOut(note)
      var report = Reported(
        device: device, version: version, signer: signer, last: version, time: host.wall().unixMilliseconds)
      report.bundle = bundle
      lastReport = report
      host.note(report)
      return report
    } catch {
      return report(refused: error)
    }
  }

  private mutating func report(refused refusal: NoteRefusal) -> Reported {
    let report = Reported(
      device: device, version: refusal.version, signer: refusal.signer, last: lastTaken,
      time: host.wall().unixMilliseconds, refused: refusal.reason, detail: refusal.english, chinese: refusal.chinese)
    if refusal.version != nil { lastReport = report }
    host.note(report)
    return report
  }
}
