// Vents, their limits in wind and rain, and CO2 dosing: what is read, and each mistake with its one message.

import Climate
import Configuration
import Controller
import Testing

private func correct() throws -> String { try resource("vents-and-co2") }

extension Mistake {
  static let sensors: [Mistake] = [
    .init(
      "\"wind-speed\"", "\"wind-sped\"", "there is no quantity of an input \"wind-sped\"; did you mean \"wind-speed\"?"),
    .init(
      ", full-speed = \"32.4 m/s\"", "",
      "an input needs input, calm, full and full-speed; full-speed is missing"),
    .init("full = \"2.00 V\"", "full = \"0.45 V\"", "calm and full are less than 0.1 V apart: calibrate again"),
    .init("\"32.4 m/s\"", "\"32.4\"", "\"32.4\" is no full-speed; write it like \"8 m/s\""),
    .init("\"32.4 m/s\"", "\"324 m/s\"", "full-speed is 324.0; it must be from 5.0 to 75.0"),
    .init("dry = \"3.20 V\", ", "", "an input needs input, dry and wet; dry is missing"),
    .init("wet = \"1.00 V\"", "wet = \"5 V\"", "wet is 5.0; it must be from 0.0 to 4.096"),
    .init(
      "dry = \"3.20 V\"", "dry = \"3.20 V\", calm = \"3 V\"",
      "unknown key \"calm\"; known here: dry, input, measures, wet"),
  ]

  static let vents: [Mistake] = [
    .init("pin-close = \"GPIO27\"\n", "", "\"pin-close\" is missing"),
    .init("travel = \"150s\"\n", "", "\"travel\" is missing"),
    .init(
      "failsafe = \"close\"\n", "", "\"failsafe\" is missing: write failsafe = \"close\" or \"stay\""),
    .init(
      "failsafe = \"close\"", "failsafe = \"off\"", "there is no failsafe of a vent \"off\"; known: close, stay"),
    .init("travel = \"150s\"", "travel = 150", "travel needs a unit; write it like \"90s\""),
    .init("travel = \"150s\"", "travel = \"2h\"", "travel must be from 1s to 1h"),
    .init("pin-close = \"GPIO27\"", "pin-close = \"GPIO2\"", "pin GPIO2 is used by i2c1"),
    .init(
      "pin-close = \"GPIO27\"", "pin-close = \"GPIO4\"",
      "pin GPIO4 switches the relay on while the board starts (its resistor pulls up)"),
    .init(
      "pin-close = \"GPIO27\"", "pin-close = \"GPIO17\"",
      "outputs \"roof\" and \"roof-close\" are on the same line, relay1"),
    .init(
      "pin-close = \"GPIO27\"", "pin-close = \"GPIO22\"",
      "outputs \"roof-close\" and \"exhaust\" are on the same line, relay3"),
    .init(
      "travel = \"150s\"", "travel = \"150s\"\ninterlock = \"x\"",
      "a vent has an interlock of its own between its two relays; take \"x\" out"),
    .init("pin = \"GPIO22\"", "pin = \"GPIO22\"\npin-close = \"GPIO25\"", "only a vent has pin-close"),
    .init("pin = \"GPIO22\"", "pin = \"GPIO22\"\ntravel = \"150s\"", "only a vent or a shade has travel"),
    .init(
      "pin = \"GPIO22\"", "pin = \"GPIO22\"\nwind = { close-above = \"9 m/s\" }", "only a vent or a shade has wind"),
    .init("pin = \"GPIO22\"", "pin = \"GPIO22\"\nrain = { cap = \"5 %\" }", "only a vent has rain"),
    .init("cool = [\"roof\"]", "cool = [\"rooff\"]", "there is no output \"rooff\"; did you mean \"roof\"?"),
    .init(
      "cool = [\"roof\"]", "cool = [\"exhaust\"], heat = [\"roof\"]", "output \"roof\" is a vent; possible here: heater"
    ),
    .init(
      "outputs = [\"exhaust\"]", "outputs = [\"exhaust\", \"roof\"]", "output \"roof\" is a vent; possible here: fan"),
  ]

  static let limits: [Mistake] = [
    .init(
      "cap-above = \"8 m/s\", cap = \"30 %\", close-above = \"14 m/s\", ", "",
      "wind needs cap-above, close-above or both; write wind = { close-above = \"14 m/s\" }"),
    .init("cap-above = \"8 m/s\"", "cap-above = 8", "cap-above needs a unit; write it like \"8 m/s\""),
    .init("cap-above = \"8 m/s\"", "cap-above = \"8 kn\"", "\"8 kn\" is no cap-above; write it like \"8 m/s\""),
    .init("cap-above = \"8 m/s\", ", "", "cap without cap-above: say from which wind it holds"),
    .init(
      "cap-above = \"8 m/s\"", "cap-abov = \"8 m/s\", cap-above = \"8 m/s\"",
      "unknown key \"cap-abov\"; did you mean \"cap-above\"?"),
    .init("close-above = \"14 m/s\"", "close-above = \"8 m/s\"", "close-above must be above cap-above of 8.0 m/s"),
    .init("cap = \"30 %\"", "cap = \"130 %\"", "cap is 130.0; it must be from 0.0 to 100.0"),
    .init(
      "hysteresis = \"2 m/s\"", "hysteresis = \"8 m/s\"",
      "hysteresis of 8.0 m/s is no less than the 8.0 m/s from which it holds: it would never end"),
    .init("hold = \"10m\"", "hold = \"7h\"", "hold must be from 0s to 6h"),
    .init(
      "unknown = \"20 %\"", "unknown = \"40 %\"", "unknown allows more than cap does: write it no larger"
    ),
    .init(
      "unknown = \"5 %\"", "unknown = \"15 %\"", "unknown allows more than cap does: write it no larger"),
    .init("wet-above = \"50 %\"", "wet-above = \"99 %\"", "wet-above is 99.0; it must be from 5.0 to 95.0"),
    .init(
      "  { input = 0, measures = \"wind-speed\", calm = \"0.40 V\", full = \"2.00 V\", full-speed = \"32.4 m/s\" },\n",
      "",
      "wind needs a sensor: an input of an ads1115 with measures = \"wind-speed\""),
    .init(
      "  { input = 1, measures = \"rain\", dry = \"3.20 V\", wet = \"1.00 V\" },\n", "",
      "rain needs a sensor: an input of an ads1115 with measures = \"rain\""),
  ]

  static let widening: [Mistake] = [
    .init("per-kelvin = \"0.3 K\", ", "", "\"per-kelvin\" is missing"),
    .init("per-kelvin = \"0.3 K\"", "per-kelvin = 0.3", "per-kelvin needs a unit; write it like \"2 K\""),
    .init("per-kelvin = \"0.3 K\"", "per-kelvin = \"3 K\"", "per-kelvin is 3.0; it must be from 0.01 to 2.0"),
    .init("most = \"9 K\"", "most = \"3 K\"", "most of 3.0 K is no wider than the band of 3.0 K"),
    .init("cool = [\"roof\"], ", "", "cool-widening without cool: nothing cools this zone"),
    .init(
      "cool = [\"roof\"]", "cool = [\"roof\"], control = \"hysteresis\"",
      "cool-widening without control = \"pid\": there is no band to widen"),
    .init(
      "address = 0x38\nzone = \"outside\"", "address = 0x38\nzone = \"house\"",
      "cool-widening needs a temperature sensor with zone = \"outside\""),
  ]

  static let gas: [Mistake] = [
    .init(
      ", full-scale = \"100 ppm\"", "",
      "an input needs input, clean, full and full-scale; full-scale is missing"),
    .init("\"100 ppm\"", "\"5 ppm\"", "full-scale is 5.0; it must be from 20.0 to 1000.0"),
    .init("\"100 ppm\"", "\"100 mg/m³\"", "\"100 mg/m³\" is no full-scale; write it like \"10 ppm\""),
    .init("clean = \"0.40 V\", ", "", "an input needs input, clean, full and full-scale; clean is missing"),
    .init("ammonia-limit = \"10 ppm\"", "ammonia-limit = 10", "ammonia-limit needs a unit; write it like \"10 ppm\""),
    .init(
      "ammonia-limit = \"10 ppm\"", "ammonia-limit = \"60 ppm\"", "ammonia-limit is 60.0; it must be from 1.0 to 25.0"),
    .init("ammonia-alarm = \"25 ppm\"", "ammonia-alarm = \"10 ppm\"", "ammonia-alarm must be above ammonia-limit"),
    .init(
      "ammonia-limit = \"10 ppm\", ammonia-alarm = \"25 ppm\"", "ammonia-limit = \"22 ppm\"",
      "ammonia-alarm must be above ammonia-limit; it is 20.0 ppm where it is not written"),
    .init("ammonia-limit = \"10 ppm\", ", "", "ammonia-alarm without ammonia-limit"),
    .init(
      "  { input = 3, measures = \"ammonia\", clean = \"0.40 V\", full = \"2.00 V\", full-scale = \"100 ppm\" },\n", "",
      "ammonia-limit needs a sensor in zone \"house\": an input of an ads1115 with measures = \"ammonia\""),
  ]

  static let stock: [Mistake] = [
    .init("boxes = 12", "boxes = 0", "boxes is 0.0; it must be from 0.1 to 1000.0"),
    .init("flow = \"3000 m³/h\"", "flow = 3000", "flow needs a unit; write it like \"3000 m³/h\""),
    .init("flow = \"3000 m³/h\"", "flow = \"3 m³/h\"", "flow is 3.0; it must be from 10.0 to 500000.0"),
    .init("pin = \"GPIO24\"", "pin = \"GPIO24\"\nflow = \"300 m³/h\"", "only a fan has flow"),
  ]

  static let drain: [Mistake] = [
    .init(
      ", substrate-water = \"45 %\"", "", "substrate without substrate-water: the drain is estimated from both"),
    .init(
      "substrate = \"600 l\", ", "", "substrate-water without substrate: the drain is estimated from both"),
    .init(
      "substrate-water = \"45 %\"", "substrate-water = \"100 %\"",
      "substrate-water is 100.0; it must be from 5.0 to 95.0"),
  ]

  static let dosing: [Mistake] = [
    .init(
      "pin = \"GPIO23\"\nfailsafe = \"off\"", "pin = \"GPIO23\"\nfailsafe = \"on\"",
      "the failsafe of CO2 must be \"off\": people suffocate in it"),
    .init("raise = [\"bottle\"], ", "", "\"raise\" is missing"),
    .init("raise = [\"bottle\"]", "raise = []", "raise names no output; write raise = [\"…\"]"),
    .init("raise = [\"bottle\"]", "raise = \"bottle\"", "raise must be names in brackets, such as [\"heater\"]"),
    .init("raise = [\"bottle\"]", "raise = [\"botle\"]", "there is no output \"botle\"; did you mean \"bottle\"?"),
    .init(
      "raise = [\"bottle\"]", "raise = [\"bottle\", \"exhaust\"]", "output \"exhaust\" is a fan; possible here: co2"),
    .init("setpoint = \"900 ppm\", ", "", "\"setpoint\" is missing"),
    .init("setpoint = \"900 ppm\"", "setpoint = 900", "setpoint needs a unit; write it like \"1500 ppm\""),
    .init("setpoint = \"900 ppm\"", "setpoint = \"3000 ppm\"", "setpoint is 3000.0; it must be from 400.0 to 2000.0"),
    .init(
      "setpoint = \"900 ppm\"", "setpoint = \"1500 ppm\"",
      "the setpoint of 1500.0 ppm must be below the co2-limit of 1500.0 ppm, from which the zone is aired"),
    .init("band = \"100 ppm\"", "band = \"5 ppm\"", "band is 5.0; it must be from 10.0 to 1000.0"),
    .init(
      "light-above = \"2000 lx\"", "light-above = \"2000\"", "\"2000\" is no light-above; write it like \"5000 lx\""),
    .init(
      "light-above", "light-abov = \"1 lx\", light-above", "unknown key \"light-abov\"; did you mean \"light-above\"?"),
    .init(
      "name = \"sun\"\nmodel = \"bh1750\"\nbus = \"i2c1\"\naddress = 0x23",
      "name = \"sun\"\nmodel = \"sht31\"\nbus = \"i2c1\"\naddress = 0x44",
      "co2 needs a light sensor, inside or outside, or light-above = \"0 lx\" to be given in the dark as well"),
  ]
}

@Suite("Configuration of vents and CO2") struct VentFaultTests {
  @Test("what is written is what the plan has") func plan() throws {
    let (configuration, faults) = load(try correct())
    #expect(faults == [])
    let plan = try #require(configuration).plan
    let wind = try #require(plan.channel(named: "outside.wind-speed"))
    let rain = try #require(plan.channel(named: "outside.rain"))
    let roof = try #require(plan.output(named: "roof"))
    let vent = try #require(plan.outputs[roof.index].vent)
    #expect(vent.travel == .seconds(150) && plan.outputs[vent.closing.index].name == "roof-close")
    #expect(
      vent.wind
        == WeatherLimit(
          channel: wind, steps: [.init(from: 8, most: 0.3), .init(from: 14, most: 0)], hysteresis: 2,
          hold: .minutes(10), unknown: 0.2))
    #expect(
      vent.rain
        == WeatherLimit(
          channel: rain, steps: [.init(from: 50, most: 0.1)], hysteresis: 20, hold: .minutes(15), unknown: 0.05))
    #expect(plan.outputs[vent.closing.index].vent == nil)
    #expect(plan.zones[0].loops[0].widening == BandWidening(perKelvin: 0.3, most: 9))
    // Wind and rain are the weather's, whatever zone the converter hangs in.
    #expect(plan.zones[0].channels[.windSpeed] == nil && plan.zones[0].channels[.soilMoisture] != nil)
    #expect(plan.zones[0].bed?.irrigation.drain == DrainPlan(volume: 600, water: 0.45))
    #expect(plan.zones[0].channels[.ammonia] == plan.channel(named: "house.ammonia"))
    #expect(plan.zones[0].setpoints.ammonia == GasLimit(limit: 10, alarm: 25))
    #expect(plan.zones[0].boxes == 12 && plan.outputs.first { $0.name == "exhaust" }?.flow == 3_000)
    let dosing = try #require(plan.zones[0].dosing)
    #expect((dosing.setpoint, dosing.width, dosing.lightAbove) == (900, 100, 2_000))
  }

  @Test("what is left out is the careful proposal") func defaults() throws {
    func vent(_ wind: String) throws -> VentPlan? {
      let lines = try correct().split(separator: "\n", omittingEmptySubsequences: false)
      let text = lines.map { line in
        line.hasPrefix("wind = ") ? "wind = \(wind)" : line.hasPrefix("rain = ") ? "rain = {}" : String(line)
      }.joined(separator: "\n")
      return load(text).configuration?.plan.outputs.first { $0.name == "roof" }?.vent
    }
    let both = try #require(try vent("{ cap-above = \"36 km/h\" }"))
    #expect(both.wind?.steps == [.init(from: 10, most: 0.3)] && both.wind?.unknown == 0.2)
    #expect(both.wind?.hysteresis == 2 && both.wind?.hold == .minutes(10))
    #expect(both.rain?.steps == [.init(from: 50, most: 0.1)] && both.rain?.unknown == 0.1)
    #expect(both.rain?.hold == .minutes(15))
    #expect(try vent("{ cap-above = \"8 m/s\", cap = \"10 %\" }")?.wind?.unknown == 0.1)
    #expect(try vent("{ close-above = \"14 m/s\" }")?.wind?.steps == [.init(from: 14, most: 0)])
  }

  @Test(
    "each mistake is told once, where it stands, in both languages",
    arguments: Mistake.sensors + Mistake.vents + Mistake.limits + Mistake.widening + Mistake.gas + Mistake.stock
      + Mistake.drain + Mistake.dosing)
  func mistake(_ mistake: Mistake) throws { try mistake.expectToldOnce(in: correct()) }
}
