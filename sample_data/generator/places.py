"""Finnish postcodes and their post offices in Finnish and Swedish (facts), weighted by how near they are to the paper.

One line a place: weight, Finnish name, Swedish name or ``-``, postcodes. A test checks every code against the package
``countrystatecity-postal-codes``.
"""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A postcode, its post office in both languages, and a weight."""

    postcode: str
    city: str
    city_sv: str
    weight: float


_LINES = """
30 Porvoo Borgå 06100 06150 06200 06400 06450 06500
4 Kerkkoo Kerko 06530
4 Hamari Hammars 06650
5 Tolkkinen Tolkis 06750
3 Kulloonkylä Kulloby 06830
3 Kulloo Kullo 06850
1 Kärrby Kärrby 06880
2 Emäsalo Emsalö 06950
4 Hinthaara Hindhår 07110
2 Anttila Andersböle 07130
3 Laukkoski - 07150
5 Pornainen - 07170
3 Halkia - 07190
2 Kaarenkylä Karsby 07220
9 Askola - 07230 07500 07510 07530 07580 07590
4 Ilola Illby 07280
2 Sannainen Sannäs 07310
2 Jakari Jackarby 07320
2 Tirmo Tirmo 07360
2 Pellinki Pellinge 07370
1 Suurpellinki Storpellinge 07390
2 Kråkö Kråkö 07410
2 Voolahti Vålax 07450
2 Torppi - 07550
5 Pukkila - 07560
2 Kantele - 07565
6 Myrskylä Mörskom 07600
2 Kankkila Kankböle 07690
1 Malmgård Malmgård 07720
2 Isnäs Isnäs 07750
2 Härkäpää Härpe 07780
6 Lapinjärvi Lappträsk 07800
3 Porlammi Porlom 07820
2 Pukaro Pockar 07830
2 Lindkoski Lindkoski 07840
2 Heikinkylä Hindersby 07850
1 Skinnarby Skinnarby 07870
4 Liljendal Liljendal 07880
24 Loviisa Lovisa 07900 07920 07940
5 Valko Valkom 07910
4 Pernaja Pernå 07930
2 Kuggom Kuggom 07945
3 Tesjoki Tessjö 07955
2 Ahvenkoski Abborfors 07960
3 Ruotsinpyhtää Strömfors 07970
1 Kuninkaankylä Kungsböle 07980
1 Ruotsinkylä Svenskby 07990
9 Sipoo Sibbo 04130
7 Söderkulla Söderkulla 01150
2 Västerskog Västerskog 01120
2 Kalkkiranta Kalkstrand 01180
2 Box Box 01190
2 Martinkylä Mårtensby 04150
2 Paippinen Paipis 04170
2 Talma Tallmo 04240
9 Kerava - 04200 04220 04230 04250 04260
7 Tuusula - 04300 04310 04320 04340 04360
2 Lahela - 04330
1 Nahkela - 04350
1 Rusutjärvi - 04370
3 Kellokoski - 04500
4 Jokela - 05400
9 Järvenpää - 04400 04410 04420 04430 04440
2 Nummenkylä - 04460
2 Haarajoki - 04480
6 Mäntsälä - 04600 04620
1 Ohkola - 04530
1 Numminen - 04660
1 Hirvihaara - 04680
1 Sälinkää - 04740
3 Siltakylä Broby 49220
2 Huutjärvi Huutjärvi 49210
2 Pyhtää Pyttis 49270
1 Purola Svartbäck 49240
1 Heinlahti Heinlax 49200
9 Kotka - 48100 48130 48200 48210 48220 48230 48300 48310 48350 48400 48410 48600 48700 48710 48720 48800 48900
4 Hamina Fredrikshamn 49400 49420 49460
1 Husula - 49510
5 Kouvola - 45100 45120 45130 45150 45160 45200
1 Kuusankoski - 45700 45720 45740
1 Koria - 45610
1 Valkeala - 45360 45370
4 Orimattila - 16300
1 Artjärvi - 16200
1 Pennala - 16320
1 Virenoja - 16310
20 Helsinki Helsingfors 00100 00120 00130 00140 00150 00160 00170 00180 00200 00210 00240 00250 00260 00270 00280 00300 00320 00330 00340 00350 00370 00390 00400 00410 00420 00430 00440 00500 00510 00520 00530 00540 00550 00560 00570 00580 00590 00600 00610 00620 00630 00640 00650 00660 00670 00680 00700 00710 00720 00730 00740 00750 00760 00770 00780 00790 00800 00810 00820 00830 00840 00850 00870 00900 00910 00920 00930 00940 00950 00960 00970 00980 00990
10 Vantaa Vanda 01200 01230 01260 01280 01300 01350 01360 01370 01380 01390 01400 01420 01450 01480 01510 01600 01610 01620 01630 01640 01650 01660 01670 01690 01700 01710 01720 01730
7 Espoo Esbo 02100 02110 02120 02130 02140 02160 02170 02180 02200 02210 02230 02240 02260 02270 02280 02300 02320 02330 02340 02360 02600 02610 02620 02630 02650 02660 02680 02710 02720 02730 02740 02750 02760 02770 02780
1 Kauniainen Grankulla 02700
2 Kirkkonummi Kyrkslätt 02400
1 Lohja Lojo 08100 08150 08200
2 Hyvinkää - 05800 05820 05830
1 Nurmijärvi - 01900
1 Riihimäki - 11100 11120
1 Hämeenlinna Tavastehus 13100 13130 13200
2 Lahti Lahtis 15100 15110 15140 15150 15200 15210 15240 15500 15520 15610
2 Tampere Tammerfors 33100 33200 33230 33270 33400 33500 33580 33700 33720 33820
2 Turku Åbo 20100 20200 20320 20380 20500 20540 20700 20740 20810
1 Pori Björneborg 28100 28130 28200
1 Jyväskylä - 40100 40200 40320 40500 40520
1 Kuopio - 70100 70200 70420 70600
1 Joensuu - 80100 80200
1 Mikkeli S:t_Michel 50100 50130
1 Lappeenranta Villmanstrand 53100 53500 53810
1 Oulu Uleåborg 90100 90120 90500 90530 90570
1 Vaasa Vasa 65100 65200 65230
1 Pietarsaari Jakobstad 68600
1 Tammisaari Ekenäs 10600
1 Hanko Hangö 10900
1 Rovaniemi - 96100 96200
"""


def _read() -> list[Place]:
    places = []
    for line in _LINES.strip().splitlines():
        weight, city, city_sv, *codes = line.split(" ")
        swedish = city if city_sv == "-" else city_sv.replace("_", " ")
        places += [Place(code, city, swedish, float(weight) / len(codes)) for code in codes]
    return places


PLACES = _read()
CITIES = sorted({place.city for place in PLACES})
PO_BOXES = [
    Place("06101", "Porvoo", "Borgå", 1),
    Place("07901", "Loviisa", "Lovisa", 1),
    Place("04201", "Kerava", "Kerava", 1),
]
# People who moved abroad: country, postcode, place, street.
ABROAD = [
    ("SE", "114 55", "Stockholm", "Grevgatan 900"),
    ("SE", "413 01", "Göteborg", "Vasagatan 901"),
    ("SE", "753 20", "Uppsala", "Kungsgatan 905"),
    ("EE", "10115", "Tallinn", "Narva mnt 902"),
    ("DE", "10115", "Berlin", "Invalidenstr. 903"),
    ("ES", "29640", "Fuengirola", "Calle Jacinto 904"),
    ("NO", "0150", "Oslo", "Skippergata 906"),
    ("GB", "E1 6AN", "London", "Invented Road 9"),
]


def area_rows() -> list[list[str]]:
    """Give the house's own delivery areas by postcode: an outside table that ``lohko enrich`` can join."""
    rows = []
    for place in PLACES:
        near = place.postcode.startswith(("06", "07", "01120", "0115", "04130"))
        area = "Itä" if place.postcode.startswith(("079", "078", "49")) else "Länsi" if near else "Postijakelu"
        region = int(place.postcode[:2])
        kilometres = abs(region - 6) * 9 + int(place.postcode[2:]) % 17 + 2
        rows.append([place.postcode, area, "yes" if near and place.weight >= 1 else "no", str(kilometres)])
    return sorted(rows)
