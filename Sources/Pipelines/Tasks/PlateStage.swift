import Imaging
import ModelCatalog
import Vision

/// Licence plates: looked for on the whole picture and around each vehicle, once more around each candidate, all
/// candidates read, and of those that overlap the best reading kept.
struct PlateStage: Sendable {
    /// Shorter readings are stickers and signs.
    private static let minimumCharacters = 4
    /// On the development pictures plates read at .99 and more, what is no plate below .8.
    private static let minimumConfidence: Float = 0.8
    /// At most so many candidates are read, the best by the detector's score.
    private static let maximumCandidates = 96

    let detector: Detector
    let reader: PlateReader
    let picture: Picture
    let options: AnalysisOptions

    /// The plates, best reading first.
    func plates(on vehicles: [Vehicle]) async throws -> Timed<[Plate]> {
        let regions = PlateRegions(width: Float(picture.width), height: Float(picture.height))
        var candidates = try await gathered(
            [nil] + regions.regions(around: vehicles), slots: detector.model.slots
        ) { region in
            try await detections(in: region)
        }
        let looks = try await gathered(
            regions.secondLooks(at: candidates.value), slots: detector.model.slots
        ) { candidate, region in
            var found = try await detections(in: region)
            found.value.removeAll { $0.box.intersectionOverUnion(candidate.box) <= 0.2 }
            return found
        }
        candidates.value = (candidates.value + looks.value).distinct(limit: Self.maximumCandidates)
        candidates.times += looks.times
        let read = try await gathered(candidates.value, slots: reader.model.slots) { candidate in
            try await plates(of: candidate, regions: regions.readerRegions(of: candidate.box), vehicles: vehicles)
        }
        candidates.times += read.times
        return Timed(value: bestReadings(read.value), times: candidates.times)
    }

    private func detections(in region: Rectangle?) async throws -> Timed<[Detection]> {
        try await detector.detections(
            in: picture, region: region, profile: options.profile, minimumScore: detector.score,
            deadline: options.deadline)
    }

    /// The candidate with the best of its readings; nothing when it reads as no plate.
    private func plates(
        of candidate: Detection, regions: [Rectangle], vehicles: [Vehicle]
    ) async throws -> Timed<[Plate]> {
        var readings = Timed(value: [PlateReading](), times: StageTimes())
        for region in regions {
            let reading = try await reader.reading(of: region, in: picture, deadline: options.deadline)
            readings.value.append(reading.value)
            readings.times += reading.times
        }
        guard let best = readings.value.max(by: { $0.confidence < $1.confidence }),
            best.text.count >= Self.minimumCharacters,
            best.confidence >= options.threshold ?? Self.minimumConfidence
        else { return Timed(value: [], times: readings.times) }
        let plate = Plate(
            detection: candidate, corners: Quadrilateral(ordering: candidate.points) ?? Quadrilateral(candidate.box),
            reading: best, vehicle: vehicles.carrier(of: candidate.box))
        return Timed(value: [plate], times: readings.times)
    }

    /// Of plates that overlap the one that reads best: the reader knows better than the detector which box is right.
    private func bestReadings(_ plates: [Plate]) -> [Plate] {
        let ranked = plates.enumerated().sorted { one, other in
            let (left, right) = (one.element.reading.confidence, other.element.reading.confidence)
            return left == right ? one.offset < other.offset : left > right
        }
        var kept: [Plate] = []
        for (_, plate) in ranked
        where !kept.contains(where: { $0.detection.box.intersectionOverUnion(plate.detection.box) > 0.3 }) {
            kept.append(plate)
        }
        return kept
    }

    /// Runs `work` on every element, as many at a time as the model has slots: one picture never fills the queue
    /// that others wait in. Results in order.
    private func gathered<Element: Sendable, Result: Sendable>(
        _ elements: [Element], slots: Int, _ work: @escaping @Sendable (Element) async throws -> Timed<[Result]>
    ) async throws -> Timed<[Result]> {
        try await withThrowingTaskGroup(of: (Int, Timed<[Result]>).self) { group in
            var times = StageTimes()
            var results: [(index: Int, values: [Result])] = []
            for (index, element) in elements.enumerated() {
                if index >= slots, let (done, timed) = try await group.next() {
                    times += timed.times
                    results.append((done, timed.value))
                }
                group.addTask { (index, try await work(element)) }
            }
            for try await (done, timed) in group {
                times += timed.times
                results.append((done, timed.value))
            }
            return Timed(value: results.sorted { $0.index < $1.index }.flatMap(\.values), times: times)
        }
    }
}

extension [Detection] {
    /// Without repeated boxes; of more than `limit` the best, in the order in which they were.
    fileprivate func distinct(limit: Int) -> [Detection] {
        var seen: Set<Rectangle> = []
        let distinct = filter { seen.insert($0.box).inserted }
        guard distinct.count > limit else { return distinct }
        let best = distinct.indices.sorted { distinct[$0].score > distinct[$1].score }.prefix(limit)
        return best.sorted().map { distinct[$0] }
    }
}

extension [Vehicle] {
    /// The most certain vehicle around the middle of a plate.
    func carrier(of plate: Rectangle) -> Vehicle? {
        let middle = Point(x: plate.x + plate.width / 2, y: plate.y + plate.height / 2)
        return filter { vehicle in
            let box = vehicle.detection.box
            return box.x <= middle.x && middle.x <= box.right && box.y <= middle.y && middle.y <= box.bottom
        }
        .max { $0.detection.score < $1.detection.score }
    }
}
