import Testing
import Vision

/// Persons of the development pictures as MoveNet saw them in detected boxes (scripts/oracles/people.py fixture), what
/// the reference answers, and what was labelled by eye.
private struct Person: Decodable {
    let picture: String
    let label: String
    let handsLabel: String
    let box: [Float]
    let seats: [[Float]]
    let keypoints: [Float]
    let posture: String
    let confidence: Float
    let hands: Bool?

    enum CodingKeys: String, CodingKey {
        case picture, label, box, seats, keypoints, posture, confidence, hands
        case handsLabel = "hands_label"
    }

    var points: [Keypoint] {
        stride(from: 0, to: keypoints.count, by: 3).map {
            Keypoint(point: Point(x: keypoints[$0], y: keypoints[$0 + 1]), confidence: keypoints[$0 + 2])
        }
    }

    var behaviour: Behaviour {
        Behaviour(keypoints: points, box: Rectangle(box), seats: seats.map(Rectangle.init))
    }

    /// The same person with the points in another order and everything moved.
    func behaviour(order: [Int], x: (Float) -> Float, y: (Float) -> Float) -> Behaviour {
        Behaviour(
            keypoints: order.map {
                let keypoint = points[$0]
                return Keypoint(
                    point: Point(x: x(keypoint.point.x), y: y(keypoint.point.y)), confidence: keypoint.confidence)
            },
            box: Rectangle(box).mapped(x: x, y: y), seats: seats.map { Rectangle($0).mapped(x: x, y: y) })
    }

    static var all: [Person] {
        get throws {
            struct Persons: Decodable { let persons: [Person] }
            return try fixture("behaviour", as: Persons.self).persons
        }
    }
}

extension Rectangle {
    /// Left, top, width, height.
    fileprivate init(_ values: [Float]) {
        self.init(x: values[0], y: values[1], width: values[2], height: values[3])
    }

    fileprivate func mapped(x: (Float) -> Float, y: (Float) -> Float) -> Rectangle {
        let (one, other) = (x(self.x), x(right))
        return Rectangle(left: min(one, other), top: y(self.y), right: max(one, other), bottom: y(bottom))
    }
}

@Suite struct BehaviourTests {
    @Test func equalsTheReferenceOnEveryPerson() throws {
        for person in try Person.all {
            let behaviour = person.behaviour
            #expect(behaviour.posture.rawValue == person.posture, "\(person.picture) \(person.box)")
            #expect(near(behaviour.confidence, person.confidence, within: 2e-3), "\(person.picture) \(person.box)")
            #expect(behaviour.handsRaised == person.hands, "\(person.picture) \(person.box)")
        }
    }

    /// What decision 14 promises of persons that the detector finds, those turned by a quarter included.
    @Test func isRightWhereItAnswers() throws {
        let three: Set = ["standing", "sitting", "lying"]
        let labelled = try Person.all.filter { $0.label != "unknown" }
        let answered = labelled.filter { three.contains($0.behaviour.posture.rawValue) }
        let right = answered.filter { $0.behaviour.posture.rawValue == $0.label }
        #expect(Float(right.count) >= 0.85 * Float(answered.count))
        let ofThree = labelled.filter { three.contains($0.label) }
        #expect(Float(answered.count) >= 0.6 * Float(ofThree.count))
    }

    @Test func sizeAndPlaceDoNotMatter() throws {
        for person in try Person.all {
            let moved = person.behaviour(order: Array(0..<17), x: { $0 * 2 + 64 }, y: { $0 * 2 - 128 })
            #expect(moved.posture == person.behaviour.posture)
            #expect(moved.handsRaised == person.behaviour.handsRaised)
        }
    }

    @Test func aMirroredPersonDoesTheSame() throws {
        let mirror = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]
        for person in try Person.all {
            let mirrored = person.behaviour(order: mirror, x: { -$0 }, y: { $0 })
            #expect(mirrored.posture == person.behaviour.posture)
            #expect(mirrored.handsRaised == person.behaviour.handsRaised)
        }
    }

    /// The lower half of the figure's box is the part from 125 to 210.
    @Test(arguments: [
        (Rectangle(x: 0, y: 125, width: 400, height: 100), Posture.sitting),
        (Rectangle(x: 0, y: 165, width: 400, height: 300), .sitting),
        (Rectangle(x: 0, y: 175, width: 400, height: 300), .unknown),
        (Rectangle(x: 0, y: 0, width: 400, height: 120), .unknown),
        (Rectangle(x: .nan, y: 0, width: 400, height: 400), .unknown),
    ])
    func someoneBehindASeatSitsOnIt(_ seat: Rectangle, expected: Posture) {
        let figure = Figure.hiddenLegs
        let behaviour = Behaviour(keypoints: figure.keypoints(), box: figure.box, seats: [seat])
        #expect(behaviour.posture == expected)
        let invisible = Behaviour(keypoints: figure.keypoints(confidence: 0.05), box: figure.box, seats: [seat])
        #expect(invisible.posture == .unknown)
    }

    @Test func aSeatDoesNotOverruleTheBody() {
        for figure in Figure.allCases where figure != .hiddenLegs {
            let behaviour = Behaviour(keypoints: figure.keypoints(), box: figure.box, seats: [figure.box])
            #expect(behaviour.posture.rawValue == figure.posture)
        }
    }

    @Test(arguments: Figure.allCases)
    func drawnFiguresAreWhatTheyAre(_ figure: Figure) {
        let behaviour = Behaviour(keypoints: figure.keypoints(), box: figure.box)
        #expect(behaviour.posture.rawValue == figure.posture)
        #expect(behaviour.posture == .unknown || behaviour.confidence > 0.5)
        #expect(behaviour.handsRaised == figure.handsRaised)
    }

    @Test(arguments: Figure.allCases)
    func nothingIsSaidOfPointsThatAreNotSeen(_ figure: Figure) {
        let behaviour = Behaviour(keypoints: figure.keypoints(confidence: 0.05), box: figure.box)
        #expect(behaviour == Behaviour(keypoints: [], box: figure.box))
        #expect(behaviour.posture == .unknown && behaviour.confidence == 0 && behaviour.handsRaised == nil)
    }

    @Test(arguments: [.nan, .infinity, -.infinity, .greatestFiniteMagnitude] as [Float], 0..<17)
    func whatIsNoNumberIsNotSeen(_ value: Float, index: Int) {
        for figure in Figure.allCases {
            var spoilt = figure.keypoints()
            spoilt[index].point = Point(x: value, y: value)
            #expect((0...1).contains(Behaviour(keypoints: spoilt, box: figure.box).confidence))
            spoilt[index] = Keypoint(point: figure.keypoints()[index].point, confidence: value)
            #expect((0...1).contains(Behaviour(keypoints: spoilt, box: figure.box).confidence))
        }
    }

    @Test(arguments: [
        Rectangle(x: 0, y: 0, width: 0, height: 10), Rectangle(x: 0, y: 0, width: 10, height: -1),
        Rectangle(x: .nan, y: 0, width: 10, height: 10), Rectangle(x: 0, y: 0, width: .infinity, height: 10),
    ])
    func aBoxWithoutAreaTellsNothing(_ box: Rectangle) {
        #expect(Behaviour(keypoints: Figure.standing.keypoints(), box: box).posture == .unknown)
    }

    @Test(arguments: [0, 1, 16, 18, 33])
    func anotherNumberOfPointsTellsNothing(_ count: Int) {
        let points = Array(repeating: Figure.standing.keypoints(), count: 2).flatMap { $0 }.prefix(count)
        #expect(Behaviour(keypoints: Array(points), box: Figure.standing.box).posture == .unknown)
    }
}

/// Stick figures, a trunk of 100 pixels.
enum Figure: CaseIterable {
    case standing, handsUp, sitting, crouching, bending, lying, hiddenLegs

    var posture: String {
        switch self {
        case .standing, .handsUp: "standing"
        case .sitting: "sitting"
        case .crouching: "crouching"
        case .bending: "bending"
        case .lying: "lying"
        case .hiddenLegs: "unknown"
        }
    }

    var handsRaised: Bool? {
        switch self {
        case .handsUp: true
        case .lying: nil
        default: false
        }
    }

    var box: Rectangle {
        switch self {
        case .sitting: Rectangle(left: 60, top: 40, right: 220, bottom: 290)
        case .crouching: Rectangle(left: 60, top: 40, right: 190, bottom: 280)
        case .bending: Rectangle(left: 60, top: 60, right: 240, bottom: 390)
        case .lying: Rectangle(left: 40, top: 60, right: 390, bottom: 140)
        case .hiddenLegs: Rectangle(left: 60, top: 40, right: 140, bottom: 210)
        default: Rectangle(left: 60, top: 40, right: 140, bottom: 390)
        }
    }

    /// Left and right lie 20 pixels apart around the places of one side.
    func keypoints(confidence: Float = 0.9) -> [Keypoint] {
        // head, shoulder, elbow, wrist, hip, knee, ankle
        let places: [(Float, Float)]
        switch self {
        case .standing, .hiddenLegs:
            places = [(100, 60), (100, 100), (100, 150), (100, 195), (100, 200), (100, 285), (100, 370)]
        case .handsUp:
            places = [(100, 60), (100, 100), (100, 70), (100, 30), (100, 200), (100, 285), (100, 370)]
        case .sitting:
            places = [(100, 60), (100, 100), (110, 150), (150, 180), (100, 200), (180, 205), (185, 285)]
        case .crouching:
            places = [(120, 60), (120, 100), (130, 150), (160, 190), (100, 200), (160, 225), (105, 270)]
        case .bending:
            places = [(220, 110), (180, 130), (190, 180), (200, 230), (100, 200), (100, 285), (100, 370)]
        case .lying:
            places = [(60, 100), (100, 100), (150, 110), (195, 110), (200, 100), (285, 100), (370, 100)]
        }
        let order = [0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
        return order.enumerated().map { index, place in
            let apart: Float = index % 2 == 1 ? 10 : -10
            let along = self == .lying
            let (x, y) = places[place]
            return Keypoint(
                point: Point(x: x + (along ? 0 : apart), y: y + (along ? apart : 0)), confidence: confidence)
        }
    }
}
