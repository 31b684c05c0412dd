"""Make the catalogue of invented films: `python3 -m sample.catalogue > MovieGenre.csv`.

It has the columns of Kaggle's "Movie Genre from its Poster"; the posters' addresses are those that
`sample.drawing.draw` understands. The output is the same, byte for byte, every time.
"""

import csv
import io
import random
import sys
from urllib.parse import quote

FIRST_ID, FILMS, SEED = 90_000_001, 1400, 1977
YEARS = range(1977, 2018)
COLUMNS = ('imdbId', 'Imdb Link', 'Title', 'IMDB Score', 'Genre', 'Poster')

# For each genre: how often it comes first (a weight), what it adds to a film's score, and which genres
# accompany it, how often.
GENRES = {
    'Comedy': (
        196,
        -0.1,
        {'Romance': 24, 'Drama': 22, 'Family': 10, 'Crime': 8, 'Action': 7, 'Adventure': 5, 'Horror': 3},
    ),
    'Drama': (
        246,
        0.4,
        {'Romance': 24, 'Thriller': 22, 'Crime': 14, 'Comedy': 13, 'War': 9, 'Mystery': 6, 'Family': 5},
    ),
    'Action': (88, -0.1, {'Thriller': 24, 'Adventure': 22, 'Crime': 16, 'Sci-Fi': 16, 'Comedy': 9, 'Drama': 10}),
    'Animation': (52, 0.3, {'Family': 40, 'Adventure': 34, 'Comedy': 30}),
    'Romance': (38, 0.0, {'Drama': 50, 'Comedy': 42, 'War': 4}),
    'Adventure': (44, 0.0, {'Family': 18, 'Action': 24, 'Drama': 16, 'Sci-Fi': 14, 'Comedy': 14}),
    'Horror': (106, -0.8, {'Thriller': 34, 'Mystery': 20, 'Sci-Fi': 11, 'Comedy': 8, 'Drama': 8}),
    'Sci-Fi': (44, -0.2, {'Action': 36, 'Thriller': 18, 'Adventure': 16, 'Drama': 16, 'Horror': 14}),
    'Crime': (44, 0.1, {'Thriller': 34, 'Drama': 46, 'Mystery': 12, 'Action': 12, 'Comedy': 8}),
    'Mystery': (32, 0.1, {'Thriller': 36, 'Drama': 34, 'Crime': 14, 'Horror': 14, 'Romance': 4}),
    'Thriller': (44, 0.0, {'Drama': 38, 'Action': 22, 'Mystery': 18, 'Horror': 12, 'Sci-Fi': 6}),
    'War': (24, 0.4, {'Drama': 64, 'Action': 20, 'Romance': 10}),
    'Family': (22, 0.0, {'Comedy': 36, 'Adventure': 30, 'Drama': 18, 'Animation': 12}),
    'Western': (50, 0.1, {'Drama': 30, 'Action': 24, 'Adventure': 16, 'Comedy': 10, 'Romance': 4}),
}
COUNTS = {1: 45, 2: 43, 3: 12}  # how many films in a hundred have so many genres

# The words that titles are made of. Persons, things (plural with s), stuff, qualities, places, ranks.
WORDS = {
    'Comedy': (
        'Plumber|Dentist|Bridegroom|Magician|Barber|Nephew|Beekeeper|Sommelier|Landlord|Yodeller|Postman|Mayor',
        'Trombone|Wig|Sausage|Waistcoat|Trampoline|Pigeon|Casserole|Tuba|Wedding Cake|Parrot|Golf Cart|Sofa',
        'Marmalade|Custard|Mustard|Gravy|Confetti|Nonsense|Meringue|Pickles',
        'Accidental|Overdressed|Reluctant|Ticklish|Unlicensed|Borrowed|Upside-Down|Slightly Famous',
        'Ferry|Golf Club|Launderette|Cruise Ship|Town Hall|Ski Lift|Bakery|Karaoke',
        'Captain|Uncle|Professor|Madame|Señor|Mayor',
    ),
    'Drama': (
        'Accountant|Gardener|Cellist|Translator|Ferryman|Beekeeper|Schoolteacher|Clockmaker|Widower|Organist|Tailor',
        'Ladder|Orchard|Letter|Winter|Suitcase|Piano|Photograph|Harvest|Kitchen|Candle|Staircase|Overcoat',
        'Salt|Rain|Linen|Bread|Ash|Honey|Patience|Snow',
        'Quiet|Unfinished|Patient|Hollow|Paper|Distant|Unspoken|Late',
        'Lighthouse|Harbour|Orchard|Quarry|Island|Vineyard|Railway|Almshouse',
        'Sister|Father|Doctor|Père|Old|Miss',
    ),
    'Action': (
        'Courier|Demolitionist|Bodyguard|Pilot|Stuntman|Saboteur|Fugitive|Enforcer|Smuggler|Marksman',
        'Detonator|Chopper|Bulldozer|Crossbow|Fuse|Convoy|Turbine|Harpoon|Fireball|Engine',
        'Dynamite|Gasoline|Steel|Voltage|Thunder|Diesel|Shrapnel',
        'Bulletproof|Redline|Ironclad|Full-Throttle|Unstoppable|Smouldering|Armoured|Reckless',
        'Refinery|Runway|Monorail|Shipyard|Overpass|Dam|Airfield',
        'Major|Colonel|Agent|Commander|Rex',
    ),
    'Animation': (
        'Hedgehog|Snowman|Hippo|Tadpole|Dragonling|Penguin|Teapot|Otter|Robot|Walrus|Moth',
        'Pancake|Rainbow|Pocket|Bubble|Acorn|Umbrella|Balloon|Slipper|Biscuit|Snowflake',
        'Jelly|Stardust|Moonbeams|Popcorn|Marzipan|Sprinkles',
        'Upside-Down|Tiny|Fluffy|Nearly Invisible|Purple|Sleepy|Bouncing|Wobbly',
        'Cloud|Treehouse|Toyshop|Pond|Pumpkin|Marshmallow|Moonlight',
        'Princess|Prince|Sir|Captain|Little|Professor',
    ),
    'Romance': (
        'Florist|Pianist|Bridesmaid|Letter Writer|Waltz Teacher|Perfumer|Matchmaker|Balloonist|Baker',
        'Valentine|Waltz|Kiss|Rose|Postcard|Serenade|Ribbon|Peony|Honeymoon|Bouquet',
        'Cinnamon|Champagne|Violets|Moonlight|Chocolate|Lavender|Silk',
        'Tender|Second-Hand|Sunlit|Bashful|Lovestruck|Velvet|Blushing|Unwritten',
        'Riviera|Tearoom|Ballroom|Balcony|Gondola|Bookshop|Café',
        'Darling|Mademoiselle|Dear|Sweet|Contessa',
    ),
    'Adventure': (
        'Cartographer|Navigator|Explorer|Balloonist|Castaway|Sherpa|Mapmaker|Treasure Diver|Falconer',
        'Compass|Lagoon|Expedition|Caravan|Idol|Schooner|Volcano|Canoe|Spyglass|Monsoon',
        'Emerald|Coral|Amber|Monsoons|Cinnabar|Gold|Jade',
        'Uncharted|Sunken|Windward|Fog-Bound|Emerald|Thousand-Mile|Farthest|Northbound',
        'Glacier|Jungle|Archipelago|Desert|Waterfall|Canyon|Reef',
        'Captain|Admiral|Professor|Capitán|Lady',
    ),
    'Horror': (
        'Undertaker|Gravedigger|Taxidermist|Sexton|Puppeteer|Ventriloquist|Night Nurse|Candlemaker|Lodger',
        'Coffin|Cellar|Scarecrow|Crypt|Tooth Collector|Hearse|Cradle|Chapel|Doll|Moth',
        'Bone|Marrow|Cobwebs|Blood|Mould|Shrouds|Teeth',
        'Rotting|Unburied|Whispering|Crawling|Faceless|Thirteenth|Bloodless|Howling',
        'Cellar|Asylum|Graveyard|Slaughterhouse|Attic|Swamp|Orphanage',
        'Mother|Doctor|Father|Old|Granny|Brother',
    ),
    'Sci-Fi': (
        'Cosmonaut|Android|Clone|Terraformer|Star Pilot|Chronologist|Replicant Tailor|Astronomer|Signalman',
        'Orbit|Nebula|Satellite|Airlock|Comet|Asteroid|Antenna|Pulsar|Quasar|Reactor',
        'Antimatter|Neon|Helium|Starlight|Mercury|Static|Plasma',
        'Glass|Quantum|Cryogenic|Parallel|Weightless|Synthetic|Hypersonic|Lunar',
        'Orbital|Saturn|Moonbase|Wormhole|Callisto|Gravity|Andromeda',
        'Commander|Doctor|Unit|Major|Pilot',
    ),
    'Crime': (
        'Locksmith|Bookmaker|Forger|Safecracker|Pawnbroker|Getaway Driver|Croupier|Bagman|Informer',
        'Alibi|Ransom|Pistol|Ledger|Getaway|Racket|Heist|Fingerprint|Diamond|Bribe',
        'Nickels|Counterfeit|Smoke|Gunpowder|Cold Cash|Gin|Poker Chips',
        'Crooked|Two-Bit|Double-Crossed|Midnight|Loaded|Unmarked|Bent|Dirty',
        'Boulevard|Casino|Dockside|Pawnshop|Penthouse|Racetrack|Subway',
        'Lucky|Inspector|Sergeant|Fat|Johnny',
    ),
    'Mystery': (
        'Librarian|Antiquary|Clairvoyant|Archivist|Night Porter|Botanist|Stamp Dealer|Verger|Governess',
        'Cipher|Keyhole|Riddle|Portrait|Lantern|Diary|Inkwell|Locket|Cabinet|Footprint',
        'Fog|Ink|Velvet|Wax|Shadows|Dust|Silence',
        'Half-Vanished|Twice-Locked|Nameless|Mauve|Veiled|Misfiled|Mirrored|Thirteenth',
        'Observatory|Library|Moor|Sanatorium|Opera|Abbey|Museum',
        'Inspector|Lady|Miss|Professor|Colonel',
    ),
    'Thriller': (
        'Witness|Interpreter|Stalker|Hostage|Eavesdropper|Anaesthetist|Night Clerk|Negotiator|Sleepwalker',
        'Wiretap|Deadline|Elevator|Countdown|Corridor|Passcode|Blackout|Tripwire|Razor|Signal',
        'Ice|Adrenaline|Static|Arsenic|Nerves|Broken Glass|Silence',
        'Soundless|Cold-Blooded|Unlisted|Breathless|Near-Fatal|Wired|Sleepless|Frostbitten',
        'Motel|Tunnel|Rooftop|Terminal|Lakehouse|Parking Lot|Embassy',
        'Agent|Doctor|Patient|Senator|Mister',
    ),
    'War': (
        'Sapper|Bugler|Medic|Sniper|Deserter|Gunner|Field Surgeon|Quartermaster|Paratrooper|Stretcher-Bearer',
        'Trench|Battalion|Bayonet|Armistice|Barricade|Regiment|Poppy Field|Siege|Bridgehead|Bugle',
        'Mud|Iron|Powder|Brass|Barbed Wire|Smoke|Poppies',
        'Unfallen|Footsore|Muddy|Rain-Soaked|Unarmed|Hundred-Day|Snowbound|Shell-Shocked',
        'Ardennes|Frontier|Bunker|Beachhead|Garrison|Minefield|Outpost',
        'Corporal|Sergeant|Lieutenant|General|Private',
    ),
    'Family': (
        'Babysitter|Lollipop Man|Zookeeper|Puppeteer|Grandpa|Inventor|Lamplighter|Kite Maker|Goalkeeper',
        'Puppy|Treehouse|Snowman|Bicycle|Kite|Pony|Holiday|Tent|Scooter|Rabbit',
        'Lemonade|Porridge|Gingerbread|Mittens|Sunshine|Jam|Sandcastles',
        'Runaway|Second-Best|Muddy|Magical|Homemade|Unexpected|Pint-Sized|Barking',
        'Farmyard|Campsite|Circus|Schoolyard|Seaside|Zoo|Garden',
        'Grandma|Auntie|Uncle|Little|Miss',
    ),
    'Western': (
        'Gunslinger|Rancher|Undertaker|Drifter|Deputy|Prospector|Horse Thief|Stagecoach Driver|Blacksmith',
        'Saddle|Spur|Lasso|Stagecoach|Rattlesnake|Gallows|Mustang|Winchester|Horseshoe|Tumbleweed',
        'Sagebrush|Dust|Whiskey|Rawhide|Gunsmoke|Cactus|Silver',
        'Homesick|Sunburnt|One-Eyed|Hungry|Rusty|Dusty|Three-Legged|Outlawed',
        'Saloon|Canyon|Prairie|Gulch|Mesa|Railroad|Badlands',
        'Sheriff|Marshal|Widow|Deacon|Colonel',
    ),
}  # fmt: skip
WORDS = {genre: [words.split('|') for words in kinds] for genre, kinds in WORDS.items()}
UNITS = [
    'Kilometres',
    'Winters',
    'Buckets',
    'Teaspoons',
    'Nights',
    'Barrels',
    'Sundays',
    'Acres',
    'Rooms',
    'Pounds',
    'Verses',
    'Summers',
]
NUMBERS = [
    'Two',
    'Three',
    'Five',
    'Six',
    'Seven',
    'Eight',
    'Nine',
    'Eleven',
    'Thirteen',
    'Forty',
    'Ninety',
    'A Thousand',
]
NAMES = [
    'Zoë',
    'Mirabel',
    'Ottoline',
    'Ludmila',
    'Thaddeus',
    'Esmé',
    'Barnaby',
    'Clémence',
    'Ignatius',
    'Wilhelmina',
    'Tobias',
    'Marisol',
    'Rasmus',
    'Fiorella',
    'Ambrose',
    'Delphine',
    'Gustav',
    'Henrietta',
    'Björn',
    'Leopold',
    'Philippa',
    'Quentin',
    'Soledad',
    'Ulla',
]
TOWNS = 'Varnholm|Port Elmira|Santa Perdita|Grimsey Falls|Ostrava Bay|Little Wexcombe|Dunmarrow|Malvoise|Tarn Abbey'
TOWNS = f'{TOWNS}|Kessel Junction|Bellhaven|Monte Lazaro|Upper Thistle|Nørrevik|Calder Point'.split('|')
PATTERNS = {
    'The {place} {person}': 14,
    'The {quality} {person}': 10,
    'The {quality} {thing}': 8,
    '{number} {unit} of {stuff}': 9,
    '{number} {quality} {things}': 7,
    '{rank} {stuff}': 7,
    'A {thing} for {name}': 9,
    '{name} and the {thing}': 7,
    '{name} and the {quality} {person}': 4,
    '{stuff} in {town}': 6,
    'The {thing} of {town}': 6,
    'A {person} in {town}': 5,
    'The {place} {thing}': 4,
    'The {person} and the {thing}': 5,
    '{quality} {stuff}': 4,
    'What the {person} Kept': 2,
    'Never Trust a {person}': 2,
    "Goodbye, {name}'s {thing}": 1,
    'The {person} Wore {stuff}': 3,
    'Return to {town}': 2,
    '{things} at Midnight': 2,
    "All the {person}'s {things}": 2,
}


def pick(rng: random.Random, weights: dict) -> str:
    """One of the keys, as often as its weight says."""
    return rng.choices(list(weights), list(weights.values()))[0]


def genres_of_a_film(rng: random.Random) -> list[str]:
    """One to three genres; the first one is what the film is, the others go with it."""
    genres = [pick(rng, {genre: first for genre, (first, _, _) in GENRES.items()})]
    company = dict(GENRES[genres[0]][2])
    for _ in range(min(pick(rng, COUNTS) - 1, len(company))):
        genres.append(pick(rng, company))
        del company[genres[-1]]
    return genres


def plural(thing: str) -> str:
    """The plural of an English noun of the lists above."""
    if thing.endswith('y') and thing[-2] not in 'aeiou':
        return thing[:-1] + 'ies'
    return thing + ('es' if thing.endswith(('s', 'x', 'ch', 'sh')) else 's')


def title_of_a_film(genre: str, rng: random.Random) -> str:
    """A title that no film has, in the manner of the genre."""
    person, thing, stuff, quality, place, rank = map(rng.choice, WORDS[genre])
    return _with_articles(
        pick(rng, PATTERNS).format(
            person=person,
            thing=thing,
            things=plural(thing),
            stuff=stuff,
            quality=quality,
            place=place,
            rank=rank,
            name=rng.choice(NAMES),
            town=rng.choice(TOWNS),
            unit=rng.choice(UNITS),
            number=rng.choice(NUMBERS),
        )
    )


def _with_articles(title: str) -> str:
    """`A` before a vowel becomes `An`."""
    words = title.split(' ')
    for i, word in enumerate(words[:-1]):
        if word in ('A', 'a') and words[i + 1][0] in 'AEIOÉ':
            words[i] += 'n'
    return ' '.join(words)


def score_of_a_film(genres: list[str], year: int, rng: random.Random) -> str:
    """A score with one decimal; about one film in a hundred has none."""
    if rng.random() < 0.01:
        return ''
    mean = 6.3 + sum(GENRES[genre][1] for genre in genres) / len(genres) + (1997 - year) * 0.01
    return f'{min(9.0, max(3.0, rng.gauss(mean, 0.95))):.1f}'


def films(count: int = FILMS, seed: int = SEED) -> list[tuple[str, ...]]:
    """The catalogue's rows, in the order of COLUMNS."""
    rng, seen, rows = random.Random(seed), set(), []
    while len(rows) < count:
        genres = genres_of_a_film(rng)
        title = title_of_a_film(genres[0], rng)
        if title in seen:
            continue
        seen.add(title)
        year = rng.choices(YEARS, [1 + (y - YEARS[0]) / 18 for y in YEARS])[0]
        poster = f'sample:{year}/{"+".join(genres)}/{quote(title)}'
        score = score_of_a_film(genres, year, rng)
        rows.append((str(FIRST_ID + len(rows)), '', f'{title} ({year})', score, '|'.join(genres), poster))
    return rows


def main() -> None:
    """Write the catalogue to standard output, as UTF-8 whatever the terminal speaks."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(COLUMNS)
    writer.writerows(films())
    sys.stdout.buffer.write(text.getvalue().encode())


if __name__ == '__main__':
    main()
