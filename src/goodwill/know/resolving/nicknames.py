"""Short and fond forms of given names, each with the name it stands for. Written for goodwill; far from complete.

Only forms that nearly always stand for one name are here. Where a form could be of several ('alex', 'chris'), the
names are taken together, since the question is whether two forms may be one person's.
"""

from __future__ import annotations

_GROUPS = """
abigail abby abbie gail
adelaide addie adele
agnes aggie nessie
albert al bert bertie
alexander alexandra alex sandy sasha sascha xander alec aleksandr alessandro alejandro alexandre aleksandra
alfred alf alfie fred
alice allie alicia
amelia millie amy
andrew andy drew andreas andre andrea andres andrei andrey
ann anna anne annie nan nancy hannah anja anya ana anette
anthony tony antonio antoine anton antony
arthur art artie arturo
augustus gus august auguste
barbara barb babs barbie bobbie
bartholomew bart bartolomeo
benjamin ben benny benji
bernard bernie bernhard bernardo
bridget biddy bridie
caroline carrie carol carolyn karoline carolina
catherine cathy kate katie kathy kitty cath katherine kathryn katharine katharina katarina catalina ekaterina katya
charles charlie chuck charley chas carl karl carlos carlo
charlotte lottie charlie
christina christine chris chrissie tina kristina cristina christiane kirsten
christopher chris kit topher christoph cristobal kristoffer
clara claire clare klara
clarence clare
cornelius con neil
cynthia cindy
daniel dan danny danil daniele
david dave davy davey davide
deborah deb debbie debra
dennis denny denis
diana di diane
dominic dom nick dominik domenico
donald don donnie
dorothy dot dottie dolly dora dorothea
edgar ed
edith edie
edmund ed eddie ned ted
edward ed eddie ned ted teddy eduard eduardo edouard
edwin ed eddie
eleanor ellie nell nora ella elinor leonora lena
elizabeth liz lizzie beth betty betsy bess eliza elsie lisa libby lizbeth elisabeth elise elisa isabel lilian
ellen nell nelly elena helen helena helene
emily em emmy emilie emilia
emma em emmy
eric rick ricky erik erich
ernest ernie ernst ernesto
esther essie hester
eugene gene eugen evgeny yevgeny
eva eve evie
evelyn evie
ferdinand ferdie fernando
florence flo flossie florrie
frances fran fanny francesca franziska francoise
francis frank frankie fran franz francesco francisco francois
frederick fred freddie freddy friedrich frederic federico fritz rick
gabriel gabe gabriele
gabriella gabriele gabby gabi
george georgie georg georges giorgio jorge giorgos yuri georgina
gerald gerry jerry gerhard gerard
gertrude trudy gert gertie
gilbert gil bert
giovanni gianni nino
gregory greg grigory gregor gregorio
gwendolyn gwen
harold harry hal harald
harriet hattie harry
henry harry hal hank heinrich henri enrico enrique henrik heinz
herbert bert herb bertie
hubert bert hugh
hugh hughie hugo
isaac ike zack
isabella isabel bella izzy belle isabelle
jacob jake jakob jack jacques giacomo
jacqueline jackie
james jim jimmy jamie jem jaime
jane janet jenny janie jean joan joanna johanna
jeffrey jeff geoff geoffrey
jennifer jen jenny
jeremy jerry jeremiah jem
jessica jess jessie
joan joanie johanna jeanne
johann hans johannes john jan jean juan giovanni ivan ian sean shaun jack johnny jon hannes
jonathan jon john jonny
joseph joe joey josef jose giuseppe jo pepe beppe sepp
josephine jo josie
joshua josh
judith judy jude
julia julie jules giulia
julian jules julien
julius jules
kenneth ken kenny
lawrence larry laurie lorenzo laurence lars lorenz
leonard len lenny leo leonardo leonhard
leopold leo
lewis lew louis lou louie ludwig luis luigi ludovico
lillian lily lil lilian
louise lou lulu luise luisa louisa
lucille lucy lucia luzia lucie
luke lucas lukas luca
madeline maddie madeleine magdalena lena
manuel manny emanuel emmanuel immanuel
margaret maggie meg peggy madge marge greta margarita margarete marguerite margherita daisy rita gretchen margot
maria mary marie molly polly minnie mia mitzi miriam mariya mae
marcus mark marc marco markus marek
martha marty patty matty marta
martin marty martino martinus
matilda tilly tilda mattie mathilde
matthew matt mat matty matteo matthias mathias mateo mathieu
maximilian max maxim maxime
melanie mel
melissa mel lissa
michael mike mick mickey mikey michel miguel michele mikhail misha micha mikael
mildred millie
mohammed mohamed muhammad mohammad mehmet mo
natalie nat natalia natalya natasha
nathaniel nat nate nathan
nicholas nick nicky nico nicolas nikolaus klaus nikolai nikolay niccolo nicola niklas
nicole nicky nikki nicola
oliver ollie olivier
oscar oskar
pamela pam
patricia pat patsy patty trish tricia
patrick pat paddy patrice patricio
paul pavel paolo pablo pauli pal
peter pete pierre pedro pietro petr pyotr piotr petros
philip phil pip philipp philippe felipe filippo
priscilla cilla
rachel rae rachael
ralph rolf raoul raul
raymond ray raimund ramon
rebecca becky becca rebekka
reginald reg reggie reinhold
richard rich rick dick ricky richie dickie ricardo riccardo
robert bob bobby rob robbie bert roberto rupert ruprecht robin
roderick rod roddy
rodney rod
roger rodge rudiger
roland rollo orlando
ronald ron ronnie
rose rosie rosa
rudolph rudy rudolf rolf
russell russ
samantha sam sammy
samuel sam sammy
sarah sally sara sadie
sebastian seb bastian bas
serge sergei sergey sergio
sidney sid sydney
simon si simeon
sophie sophia sofia sofie sonia sonja
stanley stan
stephen steve stevie steven stefan stephan stephane esteban etienne stefano
stephanie steph stefanie
susan sue susie suzy susanna susanne suzanne susannah
sylvester sly vester
sylvia silvia sylvie
teresa terry tess theresa tessa therese
terence terry
theodore ted teddy theo theodor fyodor
thomas tom tommy tomas tommaso thos
timothy tim timmy
valentina val valentine
veronica ronnie vera
victor vic viktor vittorio
victoria vicky tori viktoria vikki
vincent vince vinny vincenzo vicente
virginia ginny
vladimir vova volodya wladimir
walter walt wally walther gualtiero
wilhelmina mina minnie wilma
william bill billy will willie liam wilhelm guillaume guillermo guglielmo willy wm
winifred winnie freda
zachary zach zack
"""


def _stands_for() -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for line in _GROUPS.split("\n"):
        forms = line.split()
        for form in forms:
            found.setdefault(form, set()).add(forms[0])
    return {form: tuple(sorted(names)) for form, names in found.items()}


_NAMES = _stands_for()


def stands_for(given: str) -> tuple[str, ...]:
    """The names that a given name may be a form of, itself where none is known.

    >>> stands_for("bob"), stands_for("kit"), stands_for("zaphod")
    (('robert',), ('christopher',), ('zaphod',))
    """
    return _NAMES.get(given, (given,))
