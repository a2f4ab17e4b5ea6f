// Whether a note of the county may be carried out.

public import Controller
public import SyncProtocol

/// Why a note is refused.
public struct NoteRefusal: Error, Equatable, Sendable {
  /// The reason.
  public var reason: RefusalReason
  /// In English.
  public var english: String
  /// In Chinese.
  public var chinese: String
  /// Its version, if it could be read and is of a known key.
  public var version: Int64?
  /// The key that has signed it.
  public var signer: String?

  /// A refusal from its parts.
  public init(
    _ reason: RefusalReason, _ english: String, zh chinese: String, version: Int64? = nil, signer: String? = nil
  ) {
    (self.reason, self.english, self.chinese) = (reason, english, chinese)
    (self.version, self.signer) = (version, signer)
  }
}

/// A note that may be carried out, as far as its form goes.
public struct CountyNote: Equatable, Sendable {
  /// What it wants.
  public var desired: Desired
  /// The key that has signed it.
  public var signer: String
}

/// Judges notes of the county.
public struct NoteJudge: Sendable {
  private let device: DeviceName
  private let keys: [NoteVerifier]

  /// A judge of notes for a device, who believes these keys.
  public init(device: DeviceName, keys: [NoteVerifier]) { (self.device, self.keys) = (device, keys) }

  /// Reads a note.
  /// - Parameters:
  ///   - message: what came.
  ///   - isRetained: whether the broker had kept it: then nobody knows how old it is.
  ///   - last: version of the last note that was taken.
  ///   - wall: the device's clock.
  public func read(
    _ message: [UInt8], isRetained: Bool, last: Int64, wall: WallTime
  ) throws(NoteRefusal) -> CountyNote {
    guard !isRetained else {
      throw NoteRefusal(
        .retained, "the note was kept by the broker; send it again, not retained", zh: "该指令为服务器保留消息；请以非保留方式重新发送")
    }
    let note: (text: String, signers: [String])
    do {
      note = try SignedNote.open(message, keys: keys)
    } catch {
      throw NoteRefusal(.signature, "\(error)", zh: "签名无效，或签名密钥不受本机信任")
    }
    let signer = note.signers[0]
    let desired: Desired
    do {
      desired = try Desired(text: note.text)
    } catch {
      throw NoteRefusal(.form, "\(error)", zh: "指令格式有误", signer: signer)
    }
    func refusal(_ reason: RefusalReason, _ english: String, _ chinese: String) -> NoteRefusal {
      NoteRefusal(reason, english, zh: chinese, version: desired.version, signer: signer)
    }
    guard desired.device == device else {
      throw refusal(
        .device, "the note is for \(desired.device), this is \(device)", "该指令发给 \(desired.device)，本机为 \(device)")
    }
    guard desired.version > last else {
      throw refusal(
        .version, "version \(desired.version) is not greater than \(last)", "版本 \(desired.version) 不大于已执行的 \(last)")
    }
    guard wall.trust == .trusted else {
      throw refusal(
        .clock, "the clock here is not confirmed: nobody can say whether the note has expired", "本机时钟未确认，无法判断指令是否过期")
    }
    guard wall.unixMilliseconds < desired.expires else { throw refusal(.expired, "the note has expired", "指令已过期") }
    return CountyNote(desired: desired, signer: signer)
  }
}
