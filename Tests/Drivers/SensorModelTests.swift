// The data of the sensor models, and the addresses of a bus.

import Climate
import Drivers
import Simulator
import Testing

@Suite("Sensor models")
struct SensorModelTests {
  @Test(
    "every model has addresses, quantities with ranges, and an interval of a second or more",
    arguments: SensorModel.allCases)
  func data(model: SensorModel) throws {
    #expect(!model.addresses.isEmpty)
    #expect(Set(model.addresses).count == model.addresses.count)
    #expect(!model.quantities.isEmpty)
    #expect(Set(model.quantities).count == model.quantities.count)
    for quantity in Quantity.allCases {
      #expect((model.range(of: quantity) != nil) == model.quantities.contains(quantity), "\(quantity)")
    }
    #expect(model.minimumInterval >= .seconds(1))
    #expect(SensorModel(rawValue: model.rawValue) == model)
  }

  @Test("the driver of a model has that model and the address it was given", arguments: SensorModel.allCases)
  func drivers(model: SensorModel) {
    for address in model.addresses {
      let sensor = makeSensor(model, at: address)
      #expect(sensor.model == model && sensor.address == address)
    }
  }

  @Test("only the SHT3x and the SHT4x families share addresses, and a seesaw one with the AHT20")
  func sharedAddresses() {
    for one in SensorModel.allCases {
      for other in SensorModel.allCases where !Set(one.addresses).isDisjoint(with: other.addresses) {
        #expect(one.quantities == other.quantities || Set([one, other]) == [.aht20, .seesaw])
      }
    }
  }

  @Test("addresses are 0x08…0x77")
  func addresses() {
    #expect(I2CAddress(0x07) == nil && I2CAddress(0x78) == nil && I2CAddress(-1) == nil && I2CAddress(300) == nil)
    #expect(I2CAddress.all.count == 112)
    #expect(I2CAddress.all == I2CAddress.all.sorted())
    #expect(I2CAddress.all.first?.description == "0x08" && I2CAddress.all.last?.description == "0x77")
  }
}
