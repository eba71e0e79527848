import Imaging
import ModelCatalog
import Vision

/// Licence plates: looked for on the whole picture, around each vehicle and once more around what was not read well,
/// then among the lines of text that no plate explains; all candidates are read, of those that overlap the best reading
/// is kept, read once more line by line, and put to the vote. docs/decisions/0008 and 0013 have the measurements.
struct PlateStage: Sendable {
    /// At most so many candidates are read, the best by the detector's score.
    private static let maximumCandidates = 96
    /// At most so many candidates that are text only, those on vehicles and the largest first.
    private static let maximumTextCandidates = 24
    /// At most so many plates are read line by line.
    private static let maximumLineReadings = 16

    let detector: Detector
    let readers: PlateReaders
    let grammars: PlateGrammars
    let picture: Picture
    let options: AnalysisOptions

    private var regions: PlateRegions { PlateRegions(width: Float(picture.width), height: Float(picture.height)) }
    private var selection: PlateSelection { PlateSelection(grammars: grammars, threshold: options.threshold) }

    /// The plates, best reading first.
    func plates(on vehicles: [Vehicle]) async throws -> Timed<[Plate]> {
        async let text = readers.candidates(in: picture, deadline: options.deadline)
        var read = try await detected(on: vehicles)
        let lines = try await text
        read.add(try await self.read(lines, beside: read.value, vehicles))
        let kept = selection.best(of: read.value)
        let voted = try await gathered(
            Array(kept.enumerated()), slots: readers.slots.model.slots
        ) { index, reading in
            try await confirmed(reading, isReadAgain: index < Self.maximumLineReadings)
        }
        let plates = selection.reported(voted.value).map { $0.plate(grammars, hint: options.countryCode, vehicles) }
        read.times += voted.times
        return Timed(value: plates, times: read.times)
    }

    /// What the plate detector finds, read: on the whole picture, on vehicles whose plate that did not settle, and
    /// around what is still not settled.
    private func detected(on vehicles: [Vehicle]) async throws -> Timed<[ReadPlate]> {
        let whole = try await detections(in: nil)
        var found = whole.value
        var read = try await self.read(found, beside: [])
        read.times += whole.times

        var settled = selection.settled(read.value)
        let open = vehicles.filter { !settled.areOn($0.detection.box) }
        let near = try await gathered(regions.regions(around: open), slots: detector.model.slots) { region in
            try await detections(in: region)
        }
        found += near.value
        read.add(try await self.read(near.value, beside: read.value))
        read.times += near.times

        settled = selection.settled(read.value)
        let unsettled = regions.secondLooks(at: found).filter { [settled] in !settled.cover($0.candidate.box) }
        let looks = try await gathered(unsettled, slots: detector.model.slots) { candidate, region in
            var found = try await detections(in: region)
            found.value.removeAll { $0.box.intersectionOverUnion(candidate.box) <= 0.2 }
            return found
        }
        read.add(try await self.read(looks.value, beside: read.value))
        read.times += looks.times
        return read
    }

    private func detections(in region: Rectangle?) async throws -> Timed<[Detection]> {
        try await detector.detections(
            in: picture, region: region, profile: options.profile, minimumScore: detector.score,
            deadline: options.deadline)
    }

    /// The candidates that were not read before, read.
    private func read(_ candidates: [Detection], beside plates: [ReadPlate]) async throws -> Timed<[ReadPlate]> {
        let seen = Set(plates.map(\.detection.box))
        let unread = candidates.filter { !seen.contains($0.box) }
            .distinct(limit: max(0, Self.maximumCandidates - plates.count))
        return try await gathered(unread, slots: readers.slots.model.slots) { candidate in
            let reading = try await readers.reading(
                of: regions.readerRegions(of: candidate.box), in: picture, deadline: options.deadline)
            return Timed(value: [ReadPlate(detection: candidate, reading: reading.value)], times: reading.times)
        }
    }

    /// Text that looks like a plate and that no plate explains, read; what both readers do not read as a plate is none:
    /// the text detector does not know plates from signs.
    private func read(
        _ text: Timed<[PlateLines]>, beside plates: [ReadPlate], _ vehicles: [Vehicle]
    ) async throws -> Timed<[ReadPlate]> {
        let settled = selection.settled(plates)
        let open = text.value.filter { !settled.contain($0.box) }.sorted { one, other in
            let (left, right) = (vehicles.carrier(of: one.box) != nil, vehicles.carrier(of: other.box) != nil)
            return left == right ? one.box.area > other.box.area : left
        }
        var read = try await gathered(
            Array(open.prefix(Self.maximumTextCandidates)), slots: readers.slots.model.slots
        ) { lines in
            var found = try await readers.reading(
                of: regions.readerRegions(of: lines.box), in: picture, deadline: options.deadline)
            guard selection.isPlateLike(found.value) else { return Timed(value: [ReadPlate](), times: found.times) }
            let second = try await readers.reading(of: lines, in: picture, deadline: options.deadline)
            found.times += second.times
            guard selection.isPlate(found.value, confirmedBy: second.value, hasSecondReader: readers.lines != nil)
            else { return Timed(value: [], times: found.times) }
            let detection = Detection(box: lines.box, score: found.value.confidence, points: lines.corners.points)
            let plate = ReadPlate(detection: detection, reading: found.value, lines: second.value)
            return Timed(value: [plate], times: found.times)
        }
        read.times += text.times
        return read
    }

    /// The plate with the vote of both readers.
    private func confirmed(_ plate: ReadPlate, isReadAgain: Bool) async throws -> Timed<[ReadPlate]> {
        var plate = plate
        var times = StageTimes()
        if plate.lines == nil, isReadAgain {
            let lines = try await readers.plateLines(
                in: regions.lineRegion(of: plate.detection.box), of: picture, deadline: options.deadline)
            times += lines.times
            if let lines = lines.value {
                let reading = try await readers.reading(of: lines, in: picture, deadline: options.deadline)
                times += reading.times
                plate.lines = reading.value
            }
        }
        if let lines = plate.lines { plate.reading = PlateReading(voting: [plate.reading, lines]) }
        return Timed(value: [plate], times: times)
    }

    /// As the shared `gathered`, for work that gives lists.
    private func gathered<Element: Sendable, Result: Sendable>(
        _ elements: [Element], slots: Int, _ work: @escaping @Sendable (Element) async throws -> Timed<[Result]>
    ) async throws -> Timed<[Result]> {
        let found = try await elements.gathered(slots, work)
        return Timed(value: Array(found.value.joined()), times: found.times)
    }
}

extension Timed<[ReadPlate]> {
    fileprivate mutating func add(_ further: Timed<[ReadPlate]>) {
        value += further.value
        times += further.times
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
