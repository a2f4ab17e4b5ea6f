// A picture of what happened on the wires: climate, lines, transfers, and what the test did.

import Climate
import Foundation

/// Draws the log of a test as SVG.
struct Timeline {
  private static let width = 1_200.0
  private static let left = 110.0
  private static let row = 26.0
  private static let climateHeight = 150.0

  private let title: String
  private let plan: ShedPlan
  private let events: [(time: Instant, event: WireEvent)]
  private let begin: Double
  private let end: Double

  init(title: String, plan: ShedPlan, events: [(time: Instant, event: WireEvent)]) {
    (self.title, self.plan, self.events) = (title, plan, events)
    begin = events.first?.time.seconds ?? 0
    end = max(events.last?.time.seconds ?? 1, begin + 1)
  }

  /// The picture.
  var svg: String {
    var y = 40.0
    var parts = [text(10, 22, title, size: 15)]
    parts += axis(to: 60 + Self.climateHeight + Self.row * Double(plan.outputs.count + plan.sensors.count))
    for output in plan.outputs {
      parts += line(output, y)
      y += Self.row
    }
    for sensor in plan.sensors {
      parts += transfers(sensor, y)
      y += Self.row
    }
    parts += climate(y + 10)
    parts += notes(height: y + Self.climateHeight + 20)
    let height = y + Self.climateHeight + 20 + Self.row * Double(noteTexts.count + 1)
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(Int(Self.width + Self.left + 20))" height="\(Int(height))" \
      font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>
      \(parts.joined(separator: "\n"))
      </svg>

      """
  }

  /// The same in words, one line each.
  var text: String {
    events.map { time, event in
      let words =
        switch event {
        case .transfer(let address, let bytes, let isRead, let status):
          "0x\(String(address, radix: 16)) \(isRead ? "gives" : "takes") \(hexadecimal(bytes)) status \(status)"
        case .line(let line, let isHigh): "line \(line) \(isHigh ? "high" : "low")"
        case .note(let text): "# \(text)"
        case .climate(let temperature, let humidity): String(format: "air %.2f °C %.1f %%", temperature, humidity)
        }
      return String(format: "%12.6f  %@", time.seconds - begin, words)
    }.joined(separator: "\n") + "\n"
  }

  private func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }

  private func x(_ time: Instant) -> Double { x(time.seconds) }
  private func x(_ seconds: Double) -> Double {
    Self.left + (seconds - begin) / (end - begin) * (Self.width - Self.left)
  }

  private func text(_ x: Double, _ y: Double, _ words: String, size: Int = 11, colour: String = "#222") -> String {
    let safe = words.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    return "<text x=\"\(round(x))\" y=\"\(round(y))\" font-size=\"\(size)\" fill=\"\(colour)\">\(safe)</text>"
  }

  private func box(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ colour: String) -> String {
    String(
      format: "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%@\"/>", x, y, max(width, 0.6), height,
      colour)
  }

  private func axis(to bottom: Double) -> [String] {
    (0...10).map { part in
      let seconds = begin + (end - begin) * Double(part) / 10
      let stroke = "stroke=\"#ddd\""
      return "<line x1=\"\(x(seconds))\" y1=\"36\" x2=\"\(x(seconds))\" y2=\"\(bottom)\" \(stroke)/>"
        + text(x(seconds) - 12, 34, String(format: "%.0f s", seconds - begin), size: 10, colour: "#888")
    }
  }

  private func line(_ output: PlacedOutput, _ y: Double) -> [String] {
    var parts = [text(8, y + 15, output.name)]
    var since: Double?
    for (time, event) in events {
      guard case .line(output.line, let isHigh) = event else { continue }
      if isHigh { since = since ?? x(time) }
      if !isHigh, let from = since {
        parts.append(box(from, y + 4, x(time) - from, Self.row - 10, "#c33"))
        since = nil
      }
    }
    if let from = since { parts.append(box(from, y + 4, x(end) - from, Self.row - 10, "#c33")) }
    return parts
  }

  /// Transfers of a sensor, at most one mark a pixel: green for answered, black for not.
  private func transfers(_ sensor: PlacedSensor, _ y: Double) -> [String] {
    var parts = [text(8, y + 15, sensor.name)]
    var (lastGood, lastBad) = (-10.0, -10.0)
    for (time, event) in events {
      guard case .transfer(sensor.address, _, _, let status) = event else { continue }
      let at = x(time)
      if status == 0, at - lastGood > 1.5 {
        parts.append(box(at, y + 8, 1, Self.row - 16, "#393"))
        lastGood = at
      } else if status != 0, at - lastBad > 1.5 {
        parts.append(box(at, y + 3, 1, Self.row - 6, "#000"))
        lastBad = at
      }
    }
    return parts
  }

  private func climate(_ y: Double) -> [String] {
    var (temperatures, humidities): ([(Double, Double)], [(Double, Double)]) = ([], [])
    for (time, event) in events {
      guard case .climate(let temperature, let humidity) = event else { continue }
      temperatures.append((x(time), temperature))
      humidities.append((x(time), humidity))
    }
    return curve(temperatures, y, "#c33", "°C") + curve(humidities, y + Self.climateHeight / 2, "#36c", "%")
  }

  private func curve(_ points: [(Double, Double)], _ y: Double, _ colour: String, _ unit: String) -> [String] {
    guard let low = points.map(\.1).min(), let high = points.map(\.1).max() else { return [] }
    let height = Self.climateHeight / 2 - 15
    let scale = height / max(high - low, 0.1)
    let path = points.map { String(format: "%.1f,%.1f", $0.0, y + height - ($0.1 - low) * scale) }
    return [
      "<polyline points=\"\(path.joined(separator: " "))\" fill=\"none\" stroke=\"\(colour)\"/>",
      text(8, y + 12, String(format: "%.1f %@", high, unit), colour: colour),
      text(8, y + height, String(format: "%.1f %@", low, unit), colour: colour),
    ]
  }

  private var noteTexts: [(time: Instant, text: String)] {
    events.compactMap { if case .note(let text) = $0.event { ($0.time, text) } else { nil } }
  }

  private func notes(height y: Double) -> [String] {
    noteTexts.enumerated().flatMap { index, note in
      let at = y + Self.row * Double(index)
      let stroke = "stroke=\"#a6a\" stroke-dasharray=\"3,3\""
      return [
        "<line x1=\"\(x(note.time))\" y1=\"36\" x2=\"\(x(note.time))\" y2=\"\(at - 10)\" \(stroke)/>",
        text(min(x(note.time) + 3, Self.width - 260), at, note.text, colour: "#727"),
      ]
    }
  }
}
