// Where a value of a recipe comes from.

import Controller
import TOML

/// What is known of a recipe while its stages are read.
final class RecipeContext {
  let subject: RecipeSubject
  /// Keys of `[sources]`.
  let sources: [String: String]
  var stage = ""
  private(set) var values: [RecipeValue] = []
  var humidityPlaces: [String: HumidityPlace] = [:]

  init(subject: RecipeSubject, sources: [String: String]) { (self.subject, self.sources) = (subject, sources) }

  func note(_ provenance: Provenance, of key: String) {
    values.append(RecipeValue(stage: stage, key: key, provenance: provenance))
  }
}

extension TableReader {
  /// Source and evidence of the values of this table, which a recipe must give.
  ///
  /// `evidence` lists keys of `[sources]`, and letters: C for computed, M for from memory, E for proposed by the authors. What rests on
  /// memory or a proposal is unverified until an agronomist has signed it.
  func evidence(_ context: RecipeContext, of key: String) -> Provenance {
    let source = required("source")
    let evidence = evidenceKeys("evidence", context)
    if has("low-alarm") || has("high-alarm") { _ = evidenceKeys("alarm-evidence", context) }
    let signed = string("signed")
    if let signed, signed.isEmpty {
      faults.error(
        valueLocation(of: "signed"), "signed is empty; write who has verified the value, and when",
        "signed 为空；请写明核实人与日期")
    }
    let status = string("status")
    let isGuess = evidence.contains { $0 == "M" || $0 == "E" }
    switch status {
    case "verified" where isGuess && signed == nil:
      faults.error(
        valueLocation(of: "status"),
        "a value that rests on M or E is not verified; write \"unverified\", or signed = \"name, date\"",
        "依据为 M 或 E 的值不能算已核实；应写“unverified”，或写 signed = “姓名，日期”")
    case "verified", "unverified", nil: break
    case .some(let word):
      faults.unknown(("status", "状态"), word, at: valueLocation(of: "status"), among: ["verified", "unverified"])
    }
    let isVerified = status.map { $0 == "verified" } ?? (!isGuess && !evidence.isEmpty || signed != nil)
    let text = [source, "[\(evidence.joined(separator: ","))]", signed].compactMap { $0 }.joined(separator: " ")
    let provenance = Provenance(source: text, isVerified: isVerified)
    context.note(provenance, of: key)
    return provenance
  }

  private func evidenceKeys(_ key: String, _ context: RecipeContext) -> [String] {
    if !has(key) {
      missing(key, because: ": a key of [sources], or C, M or E", "：应为 [sources] 中的键，或 C、M、E")
      return []
    }
    guard let text = string(key) else { return [] }
    let keys = text.split(separator: ",").map { $0.split(separator: " ").joined(separator: " ") }
    let known = context.sources.keys.sorted()
    if keys.isEmpty {
      faults.error(
        valueLocation(of: key), "\(key) is empty; write a key of [sources], or C, M or E",
        "\(key) 为空；应为 [sources] 中的键，或 C、M、E")
    }
    for word in keys where !["C", "M", "E"].contains(word) && context.sources[word] == nil {
      faults.error(
        valueLocation(of: key),
        "\"\(word)\" is no evidence: neither C, M or E, nor in [sources]; known: \(known.joined(separator: ", "))",
        "“\(word)”不是依据：既非 C、M、E，也不在 [sources] 中；可用：\(known.joined(separator: "、"))")
    }
    return keys
  }
}
