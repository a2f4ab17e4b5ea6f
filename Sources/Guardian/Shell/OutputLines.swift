// The output lines of a table on real chips.

import CGPIO
import Glibc
import Platform

/// Holds the lines of all outputs: one kernel request a chip, so that all lines of a chip change together.
///
/// The lines are found by chip label and offset, never by the number of a chip, which can change from one boot to the next; a
/// line whose name is not the one in the table is refused. First states are part of the request: no line is ever seen at
/// another level.
struct OutputLines: ~Copyable {
  private struct Bank {
    let lines: OpaquePointer
    /// Indices of the outputs, in the order of the request.
    let outputs: [Int]
  }

  private let banks: [Bank]

  /// Takes all lines of a table, or none.
  init(table: GuardianTable, initial: UInt32) throws(SystemError) {
    var banks: [Bank] = []
    var failure: SystemError?
    for chip in Self.chips(of: table) {
      do throws(SystemError) {
        banks.append(try Self.open(chip, of: table, initial: initial))
      } catch {
        failure = error
        break
      }
    }
    if let failure {
      for bank in banks { cgpio_release(bank.lines) }
      throw failure
    }
    self.banks = banks
  }

  deinit {
    for bank in banks { cgpio_release(bank.lines) }
  }

  /// Sets all lines.
  /// - Returns: whether every chip took them.
  func set(_ states: UInt32) -> Bool {
    var isDone = true
    for bank in banks {
      var values: UInt64 = 0
      for (position, output) in bank.outputs.enumerated() where states & (1 << UInt32(output)) != 0 {
        values |= 1 << UInt64(position)
      }
      // A chip that fails must not keep the others from being set.
      if cgpio_set(bank.lines, values) != 0 { isDone = false }
    }
    return isDone
  }

  /// Reads all lines back; `nil` if a chip could not be read.
  func readBack() -> UInt32? {
    var states: UInt32 = 0
    for bank in banks {
      var values: UInt64 = 0
      guard cgpio_get(bank.lines, &values) == 0 else { return nil }
      for (position, output) in bank.outputs.enumerated() where values & (1 << UInt64(position)) != 0 {
        states |= 1 << UInt32(output)
      }
    }
    return states
  }

  private static func chips(of table: GuardianTable) -> [String] {
    var chips: [String] = []
    for output in table.outputs where !chips.contains(output.chip) { chips.append(output.chip) }
    return chips
  }

  private static func open(_ chip: String, of table: GuardianTable, initial: UInt32) throws(SystemError) -> Bank {
    let outputs = table.outputs.indices.filter { table.outputs[$0].chip == chip }
    var offsets: [UInt32] = []
    var (activeLow, values): (UInt64, UInt64) = (0, 0)
    for (position, index) in outputs.enumerated() {
      let output = table.outputs[index]
      try verifyName(of: output)
      offsets.append(output.line)
      if output.isActiveLow { activeLow |= 1 << UInt64(position) }
      if initial & (1 << UInt32(index)) != 0 { values |= 1 << UInt64(position) }
    }
    var lines: OpaquePointer?
    let code = cgpio_open_outputs(chip, "bombyx-guardian", offsets, offsets.count, activeLow, values, &lines)
    guard code == 0, let lines else {
      let names = outputs.map { table.outputs[$0].name }.joined(separator: ", ")
      throw SystemError("take the lines of \(names) on chip \(chip)", code: -code)
    }
    return Bank(lines: lines, outputs: outputs)
  }

  private static func verifyName(of output: OutputLimits) throws(SystemError) {
    guard !output.lineName.isEmpty else { return }
    let offset = cgpio_find_line(output.chip, output.lineName)
    guard offset == Int32(output.line) else {
      throw SystemError(
        "find line \(output.lineName) of chip \(output.chip) at offset \(output.line) for \(output.name)",
        code: offset < 0 ? -offset : ENXIO)
    }
  }
}

/// The line that feeds the charge pump, if there is one: toggled at the end of every verified cycle, and at no other time.
struct AlivePin: ~Copyable {
  private let line: OpaquePointer?
  private var isHigh = false

  /// Takes the line, low.
  init(_ alive: GuardianTable.AliveLine?) throws(SystemError) {
    guard let alive else {
      line = nil
      return
    }
    var line: OpaquePointer?
    let code = cgpio_open_outputs(alive.chip, "bombyx-alive", [alive.line], 1, 0, 0, &line)
    guard code == 0, let line else {
      throw SystemError("take the alive line \(alive.line) of chip \(alive.chip)", code: -code)
    }
    self.line = line
  }

  deinit { if let line { cgpio_release(line) } }

  mutating func toggle() {
    guard let line else { return }
    isHigh.toggle()
    _ = cgpio_set(line, isHigh ? 1 : 0)
  }
}
