import Testing
import Vision

@testable import Pipelines

struct PlateRegionsTests {
    private let regions = PlateRegions(width: 1200, height: 900)

    @Test func theRegionOfAVehicleHoldsItInTheShapeThatThePlateDetectorSees() throws {
        for box in [
            Rectangle(x: 300, y: 300, width: 200, height: 50), Rectangle(x: 300, y: 300, width: 50, height: 200),
        ] {
            let region = try #require(regions.regions(around: [vehicle(box)]).first)
            #expect(abs(region.width / region.height - 4.0 / 3) < 1e-3)
            #expect(abs(region.intersectionArea(box) - box.area) < 1)
            #expect(min(region.width - box.width, region.height - box.height) < 1e-3, "no larger than needed")
        }
    }

    @Test func aRegionAtTheEdgeIsMovedInside() throws {
        let box = Rectangle(x: 0, y: 700, width: 90, height: 200)
        let region = try #require(regions.regions(around: [vehicle(box)]).first)
        #expect(region.x == 0)
        #expect(abs(region.bottom - 900) < 1e-3)
        #expect(abs(region.width / region.height - 4.0 / 3) < 1e-3)
    }

    @Test func regionsAreThoseOfTheLargestVehiclesLargestFirst() {
        let vehicles = (0..<12).map { vehicle(Rectangle(x: Float($0) * 90, y: 0, width: 40 + Float($0), height: 30)) }
        let found = regions.regions(around: vehicles.shuffled())
        #expect(found.count == 8)
        #expect(found.map(\.width) == (4..<12).reversed().map { 40 + Float($0) })
    }

    @Test func bicyclesAndDoubtfulVehiclesAreNotLookedAt() {
        let box = Rectangle(x: 100, y: 100, width: 100, height: 100)
        #expect(regions.regions(around: [vehicle(box, type: "bicycle")]).isEmpty)
        #expect(regions.regions(around: [vehicle(box, score: 0.29)]).isEmpty)
        #expect(regions.regions(around: [vehicle(box, score: 0.3)]).count == 1)
    }

    @Test func aVehicleThatWasFoundAsTwoTypesIsLookedAtOnce() {
        let car = vehicle(Rectangle(x: 100, y: 100, width: 100, height: 100), class: 2)
        let truck = vehicle(Rectangle(x: 105, y: 100, width: 100, height: 100), type: "truck", score: 0.5, class: 7)
        #expect(regions.regions(around: [car, truck]).count == 1)
    }

    @Test func aSecondLookIsFourTimesAsWideAsItsCandidateAndAboutTheSameMiddle() throws {
        let candidate = Detection(box: Rectangle(x: 500, y: 400, width: 100, height: 30), score: 0.5)
        let look = try #require(regions.secondLooks(at: [candidate]).first)
        #expect(look.region.width == 400 && look.region.height == 300)
        #expect(look.region.x + 200 == 550 && look.region.y + 150 == 415)
    }

    @Test func ofManyCandidatesTheBestGetASecondLookAndOverlappingOnesShareIt() {
        let apart = (0..<20).map {
            Detection(box: Rectangle(x: Float($0) * 50, y: 0, width: 40, height: 12), score: 0.3 + Float($0) / 100)
        }
        let looks = regions.secondLooks(at: apart + apart)
        #expect(looks.map { $0.candidate.box.x } == (12..<20).reversed().map { Float($0) * 50 })
    }

    @Test func theReaderSeesTheCandidateWithTwoMarginsInWholePixels() {
        let found = regions.readerRegions(of: Rectangle(x: 100, y: 200, width: 100, height: 40))
        #expect(
            found == [
                Rectangle(left: 95, top: 198, right: 206, bottom: 243),
                Rectangle(left: 85, top: 194, right: 216, bottom: 247),
            ])
    }

    @Test(arguments: [
        Rectangle(x: 0, y: 0, width: 1200, height: 900), Rectangle(x: 1199, y: 899, width: 1, height: 1),
        Rectangle(x: 0, y: 890, width: 5, height: 10),
    ])
    func theReaderIsShownNothingOutsideThePicture(box: Rectangle) {
        for region in regions.readerRegions(of: box) {
            #expect(region.x >= 0 && region.y >= 0 && region.right <= 1200 && region.bottom <= 900)
            #expect(region.width >= 1 && region.height >= 1)
        }
    }

    private func vehicle(
        _ box: Rectangle, type: String = "car", score: Float = 0.9, class index: Int = 2
    ) -> Vehicle {
        Vehicle(type: type, detection: Detection(box: box, score: score, classIndex: index))
    }
}
