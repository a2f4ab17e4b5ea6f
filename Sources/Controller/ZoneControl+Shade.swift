// The shade screens of a zone.

import Climate

extension ZoneControl {
  mutating func addShade(
    _ readings: [Reading], _ outputs: OutputControl, to claims: inout Claims, at now: Instant
  ) {
    guard let shade = plan.shade else { return }
    let (channel, isAbove) = shadeLight
    let measured = readings.trusted(channel).map { Illuminance(lux: $0) }
    let light = measured.map { isAbove ? $0 : shade.above($0, drawn: outputs.position(of: shade.outputs)) }
    let temperature = reading(of: .temperature, in: readings)?.trusted
    let (share, cause) = shading.demand(
      light: light, clearSky: sky.clear, temperature: temperature, plan: shade, at: now)
    let reason =
      switch cause {
      case .light: Reason(rule: .shading, channel: channel, value: light?.lux, setpoint: shade.light.lux)
      case .heat:
        Reason(rule: .shading, channel: plan.channels[.temperature], value: temperature, setpoint: shade.temperature)
      case .sky: Reason(rule: .readingLost, channel: channel, setpoint: shade.light.lux)
      case nil: Reason(rule: .idle, channel: channel, value: light?.lux, setpoint: shade.light.lux)
      }
    for output in shade.outputs { claims.add(share, for: output, because: reason) }
  }

  /// The light that shade is judged by, outside where it is measured, and whether it is above the screens.
  private var shadeLight: (channel: ChannelID?, isAbove: Bool) {
    if let outside = plan.outside[.illuminance] { return (outside, true) }
    return (plan.channels[.illuminance], false)
  }
}
