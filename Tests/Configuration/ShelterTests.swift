// Shade, dew and soil sensors of their own: what is read, and each mistake with its one message.

import Climate
import Configuration
import Controller
import Drivers
import Guardian
import Testing

extension Mistake {
  static let shade: [Mistake] = [
    .init("light = \"45000 lx\", ", "", "\"light\" is missing"),
    .init("\"45000 lx\"", "\"45000\"", "\"45000\" is no light; write it like \"5000 lx\""),
    .init("\"45000 lx\"", "\"200 lx\"", "light is 200.0; it must be from 1000.0 to 150000.0"),
    .init(
      "shade = { outputs = [\"screen\"], ", "shade = { outputs = [], ",
      "outputs names no output; write outputs = [\"…\"]"),
    .init("\"70 %\"", "\"5 %\"", "most is 5.0; it must be from 10.0 to 100.0"),
    .init(
      "[\"screen\"]", "[\"exhaust\"]", "output \"exhaust\" is a fan; possible here: shade"),
    .init("pin-retract = \"GPIO23\"\n", "", "\"pin-retract\" is missing"),
    .init("pin-retract", "pin-close", "only a vent has pin-close; a shade has pin-retract"),
    .init(
      "failsafe = \"retract\"", "failsafe = \"close\"",
      "there is no failsafe of a shade \"close\"; known: retract, stay"
    ),
    .init(
      "kind = \"shade\"", "kind = \"shade-retracting\"",
      "there is no kind of output \"shade-retracting\"; known: heater, fan, circulation, mister, dehumidifier, pump, valve, light, vent, shade, co2, alarm"
    ),
    .init("wind = { close-above = \"12 m/s\" }", "rain = { cap = \"10 %\" }", "only a vent has rain"),
    .init(
      "name = \"sun\"\nmodel = \"bh1750\"\nbus = \"i2c1\"\naddress = 0x23",
      "name = \"sun\"\nmodel = \"sht31\"\nbus = \"i2c1\"\naddress = 0x45",
      "shade needs a light sensor outside, or in zone \"house\""),
  ]

  static let dew: [Mistake] = [
    .init("margin = \"1.5 K\"", "margin = \"10 K\"", "margin is 10.0; it must be from 0.2 to 5.0"),
    .init("margin = \"1.5 K\"", "lag = \"1h\"", "a probe measures the surface: leave lag out"),
    .init("[\"heater\", \"exhaust\"] }", "[] }", "outputs names no output; write outputs = [\"…\"]"),
    .init(
      "[\"heater\", \"exhaust\"] }", "[\"screen\"] }",
      "output \"screen\" is a shade; possible here: circulation, dehumidifier, fan, heater, vent"),
    .init(
      "name = \"weather\"\nmodel = \"bme280\"\nbus = \"i2c1\"\naddress = 0x76\nzone = \"outside\"",
      "name = \"weather\"\nmodel = \"bme280\"\nbus = \"i2c1\"\naddress = 0x76\nzone = \"house\"",
      "\"exhaust\" lets air in: against dew that needs a sensor of temperature and humidity with zone = \"outside\""),
    .init(
      "name = \"air\"\nmodel = \"sht31\"\nbus = \"i2c1\"\naddress = 0x44\nzone = \"house\"",
      "name = \"air\"\nmodel = \"bh1750\"\nbus = \"i2c1\"\naddress = 0x5C\nzone = \"house\"",
      "zone \"house\" has no temperature sensor to control its temperature by"),
  ]

  static let seesaw: [Mistake] = [
    .init("wet = 1020\n", "", "\"wet\" is missing: its counts in air and in water, such as dry = 330 and wet = 1020"),
    .init("dry = 330", "dry = \"0.33 V\"", "dry must be a whole number"),
    .init("dry = 330", "dry = 5000", "dry is 5000.0; it must be from 0.0 to 4095.0"),
    .init("dry = 330", "dry = 1000", "wet must be at least 50 counts above dry: calibrate again"),
    .init("model = \"sht31\"", "model = \"sht31\"\ndry = 330", "only a seesaw has dry; an ads1115 has it in inputs"),
    .init("address = 0x36", "address = 0x50", "a seesaw cannot be at 0x50; it can be at 0x36, 0x37, 0x38, 0x39"),
  ]
}

@Suite("Configuration of shade, dew and soil sensors") struct ShelterTests {
  @Test("what is written is what the plan has") func plan() throws {
    let (configuration, faults) = load(try resource("shelters"))
    #expect(faults == [])
    let loaded = try #require(configuration)
    let plan = loaded.plan
    #expect(plan.outputs.map(\.name) == ["heater", "exhaust", "screen", "screen-retract"])
    #expect(plan.outputs.map(\.kind) == [.heater, .fan, .shade, .shadeRetracting])
    let motor = try #require(plan.outputs[2].vent)
    #expect(motor.travel == .minutes(3) && motor.closing == OutputID(3) && motor.wind != nil && motor.rain == nil)
    // Neither relay of the motor ever runs together with the other, and without the controller the screen goes back.
    #expect(plan.outputs[2].constraints.interlock == plan.outputs[3].constraints.interlock)
    #expect(loaded.guardianTable.outputs.map(\.failsafe)[2...] == [.off, .on])
    let zone = plan.zones[0]
    #expect(
      zone.shade
        == ShadePlan(
          outputs: [OutputID(2)], light: Illuminance(lux: 45_000), temperature: 30, most: 0.7, transmission: 0.4))
    #expect(zone.dew == DewPlan(outputs: [OutputID(0), OutputID(1)], margin: 1.5, lag: .hours(1)))
    for quantity in [Quantity.surfaceTemperature, .soilMoisture, .soilTemperature] {
      #expect(zone.channels[quantity] == plan.channel(named: "house.\(quantity.rawValue)"))
    }
    let soil = try #require(loaded.buses.flatMap(\.sensors).first { $0.name == "soil" })
    #expect(soil.settings.inputs == [.init(input: 0, dry: 330, wet: 1_020)])
  }

  @Test("without a probe the surface follows the air, in the time that is written") func lag() throws {
    let text = try resource("shelters")
      .replacing(
        "  { input = 0, measures = \"surface-temperature\", ice = \"1.00 V\", warm = \"2.20 V\", warm-temperature = \"40 °C\" },\n",
        with: ""
      )
      .replacing("margin = \"1.5 K\"", with: "lag = \"90m\"")
    let (configuration, faults) = load(text)
    #expect(faults == [])
    let zone = try #require(configuration).plan.zones[0]
    #expect(zone.dew == DewPlan(outputs: [OutputID(0), OutputID(1)], margin: 1, lag: .minutes(90)))
    #expect(zone.channels[.surfaceTemperature] == nil)
  }

  @Test("the way back of a motor cannot be written, nor allowed by a stage") func wayBack() throws {
    let text = try resource("shelters").replacing("kind = \"fan\"", with: "kind = \"vent-closing\"")
    #expect(load(text).faults.first?.english.contains("there is no kind of output \"vent-closing\"") == true)
  }

  @Test(
    "each mistake is told once, where it stands, in both languages",
    arguments: Mistake.shade + Mistake.dew + Mistake.seesaw)
  func mistake(_ mistake: Mistake) throws { try mistake.expectToldOnce(in: resource("shelters")) }
}
